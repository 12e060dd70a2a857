// The bare guest in a thread of its own: compiles the core module and calls each function once, in a fresh instance.
import { readFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { imageGuest, loadCore } from '../guests/image/load.ts'

const { crop, sigma }: { crop: [number, number, number, number]; sigma: number } = workerData
const photo = readFileSync(new URL('../examples/portrait/portrait.png', import.meta.url))

const start = performance.now()
const guest = imageGuest(loadCore(new URL('../guests/image/image.wasm', import.meta.url)))
const cropped = good(guest.crop(photo, ...crop))
const turned = good(guest.rotate90(cropped))
good(guest.blur(turned, sigma))
const one = performance.now() - start
const again = performance.now()
good(guest.grayscale(turned))
const two = performance.now() - again
parentPort?.postMessage({ one, two })

function good(answer: { ok: Uint8Array } | { error: string }): Uint8Array {
  if ('error' in answer) throw new Error(answer.error)
  return answer.ok
}
