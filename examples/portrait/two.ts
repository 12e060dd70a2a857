import { workflow } from '@ipvm/workflow'
import { image, readPhoto, turnedMiddle } from './photo.ts'

/** crop → rotate90 → grayscale: `ipvm run two.ts [photo.png]` */
export default async function two(path?: string) {
  const photo = await readPhoto(path)
  return workflow('two', ({ task }) => {
    const turned = turnedMiddle(task, photo)
    task('grayscale', { mod: image, fun: 'grayscale', params: [turned] })
  })
}
