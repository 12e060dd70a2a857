import { parentPort, workerData } from 'node:worker_threads'
import { Progress } from './progress.ts'
import type { Listen } from './thread.ts'

export { clock } from './clock.node.ts'

/** Listens to the thread that started this one. */
export const listen: Listen = onRequests => {
  const port = parentPort
  if (!port) throw new TypeError('a worker runs in a thread of its own; start it by a pool')
  port.on('message', onRequests)
  return {
    progress: new Progress(workerData),
    send: (replies, transfer) => port.postMessage(replies, transfer),
    // Node takes all messages that are there, and calls back then.
    later: callback => void setImmediate(callback),
  }
}
