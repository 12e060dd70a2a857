// What the page of browser.test.ts does: a pool of Web Workers runs guests, and survives what they do.
import { cidOf, codec, error, ok } from '@ipvm/ipld'
import { createPool } from '@ipvm/wasm/pool'

const { ErrorEvent, fetch, Worker } = globalThis
const pool = createPool({ workers: 2 })

async function content(name) {
  return new Uint8Array(await (await fetch(name)).arrayBuffer())
}

async function run(name, fun, params, time = 20_000) {
  const bytes = await content(name)
  const module = { cid: cidOf(codec.raw, bytes), bytes: async () => ok(bytes) }
  const limits = { gas: 1e11, memory: 2 ** 28, output: 2 ** 28, time }
  const loadFile = async cid => error({ name: 'MissingBlock', message: `${cid} is not here` })
  const { outcome } = await pool.run({ module, fun, params, seed: new Uint8Array(32), limits, loadFile })
  return outcome
}

const addOne = number => run('/add.wasm', 'add-one', [number])

/** The name of the turned picture. */
async function turn() {
  const outcome = await run('/image.wasm', 'rotate90', [await content('/portrait.png')])
  return 'ok' in outcome ? cidOf(codec.raw, outcome.ok).toString() : outcome.error.message
}

/** A loop without an end, and what a worker does after it. */
async function spin(time) {
  return [await run('/echo.wasm', 'spin', [], time), await addOne(1)]
}

/** A sum, while the next `count` workers break that are given a function. */
async function crash(count) {
  const { postMessage } = Worker.prototype
  let broken = 0
  Worker.prototype.postMessage = function (requests, transfer) {
    postMessage.call(this, requests, transfer)
    if (!requests.some(({ kind }) => kind === 'run') || broken >= count) return
    broken += 1
    this.dispatchEvent(new ErrorEvent('error', { message: 'it broke' }))
  }
  const outcome = await addOne(5)
  Worker.prototype.postMessage = postMessage
  return [outcome, broken]
}

globalThis.story = { addOne, turn, spin, crash }
