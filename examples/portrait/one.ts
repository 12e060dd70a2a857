import { workflow } from '@ipvm/workflow'
import { image, readPhoto, turnedMiddle } from './photo.ts'

/** crop → rotate90 → blur: `ipvm run one.ts [photo.png]` */
export default async function one(path?: string) {
  const photo = await readPhoto(path)
  return workflow('one', ({ task }) => {
    const turned = turnedMiddle(task, photo)
    task('blur', { mod: image, fun: 'blur', params: [turned, 6] })
  })
}
