// node guests/image/fuzz/run.ts <seed> <iterations>
import { imageGuest, loadCore } from '../load.ts'
import { fuzz } from './mutate.ts'

const [seed, iterations] = process.argv.slice(2).map(Number)
if (
  !Number.isSafeInteger(seed) ||
  !Number.isSafeInteger(iterations) ||
  seed === undefined ||
  iterations === undefined
) {
  console.error('usage: node guests/image/fuzz/run.ts <seed> <iterations>')
  process.exit(2)
}

const guest = imageGuest(loadCore(new URL('../image.wasm', import.meta.url)))
const start = performance.now()
const { pictures, refusals } = fuzz(guest, seed, iterations)
console.log(`${iterations} calls in ${((performance.now() - start) / 1000).toFixed(1)} s, ${pictures} gave a picture`)
for (const [text, times] of [...refusals].sort(([, a], [, b]) => b - a))
  console.log(`${String(times).padStart(8)}  ${text}`)
