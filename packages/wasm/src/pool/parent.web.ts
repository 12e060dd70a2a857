import type { WorkerReply, WorkerRequest } from './message.ts'
import type { Listen } from './thread.ts'

/** The part of a worker's global scope that is used here. */
interface WorkerScope {
  onmessage: ((event: { readonly data: WorkerRequest }) => void) | null
  postMessage(reply: WorkerReply, transfer: readonly ArrayBuffer[]): void
}

declare const self: WorkerScope

/** Listens to the page, or the worker, that started this one. */
export const listen: Listen = onRequest => {
  self.onmessage = ({ data }) => onRequest(data)
  return (reply, transfer) => self.postMessage(reply, transfer)
}
