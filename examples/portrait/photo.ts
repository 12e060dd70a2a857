import { readFile } from 'node:fs/promises'
import type { AddTask, TaskHandle } from '@ipvm/workflow'

/** The functions of both workflows: see guests/image. */
export const image = await readFile(new URL('../../guests/image/image.wasm', import.meta.url))

/** A picture of the user's, or the one that is here. */
export function readPhoto(path: string | undefined): Promise<Uint8Array> {
  return readFile(path ?? new URL('portrait.png', import.meta.url))
}

/** What both workflows begin with: the middle of a picture, turned by a quarter. Done once, since it has one name. */
export function turnedMiddle(task: AddTask, photo: Uint8Array): TaskHandle {
  const { x, y, side } = middleOf(photo)
  const crop = task('crop', { mod: image, fun: 'crop', params: [photo, x, y, side, side] })
  return task('rotate90', { mod: image, fun: 'rotate90', params: [crop] })
}

/** A square of three quarters of the shorter side. What is no PNG is left to the guest to refuse. */
function middleOf(photo: Uint8Array): { x: number; y: number; side: number } {
  if (photo.length < 24) return { x: 0, y: 0, side: 1 }
  const header = new DataView(photo.buffer, photo.byteOffset)
  const [width, height] = [header.getUint32(16), header.getUint32(20)]
  const side = Math.max(1, Math.floor((Math.min(width, height) * 3) / 4))
  return { x: Math.floor((width - side) / 2), y: Math.floor((height - side) / 2), side }
}
