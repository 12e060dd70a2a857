// What a worker of the page of chromium.ts does: makes the calls that it is sent, and sends back what came of them.
import { runCase } from './run-case.ts'

const { addEventListener, postMessage } = globalThis

addEventListener('message', ({ data }) => {
  postMessage(data.map(({ bytes, call }) => runCase(Uint8Array.from(bytes), call)))
})
