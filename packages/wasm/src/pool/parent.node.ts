import { parentPort } from 'node:worker_threads'
import type { Listen } from './thread.ts'

/** Listens to the thread that started this one. */
export const listen: Listen = onRequest => {
  const port = parentPort
  if (!port) throw new TypeError('a worker runs in a thread of its own; start it by a pool')
  port.on('message', onRequest)
  return (reply, transfer) => port.postMessage(reply, transfer)
}
