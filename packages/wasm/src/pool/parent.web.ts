import type { WorkerReply, WorkerRequest } from './message.ts'
import type { Listen } from './thread.ts'

/** The part of a worker's global scope that is used here. */
interface WorkerScope {
  onmessage: ((event: { readonly data: readonly WorkerRequest[] }) => void) | null
  postMessage(replies: readonly WorkerReply[], transfer: readonly ArrayBuffer[]): void
}

declare const self: WorkerScope

/** Milliseconds that only go forward. */
export function clock(): number {
  return performance.now()
}

/** Listens to the page, or the worker, that started this one. */
export const listen: Listen = onRequests => {
  self.onmessage = ({ data }) => onRequests(data)
  const { port1, port2 } = new MessageChannel()
  const waiting: (() => void)[] = []
  port1.addEventListener('message', () => waiting.shift()?.())
  port1.start()
  return {
    send: (replies, transfer) => self.postMessage(replies, transfer),
    later: callback => {
      waiting.push(callback)
      port2.postMessage(null)
    },
  }
}
