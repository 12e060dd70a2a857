import type { WorkerReply, WorkerRequest } from './message.ts'
import type { StartThread } from './thread.ts'

/** The part of a browser's `Worker` that is used here; TypeScript declares it with the DOM only. */
interface WebWorker {
  onmessage: ((event: { readonly data: readonly WorkerReply[] }) => void) | null
  onerror: ((event: { readonly message?: string }) => void) | null
  onmessageerror: (() => void) | null
  postMessage(requests: readonly WorkerRequest[], transfer: readonly ArrayBuffer[]): void
  terminate(): void
}

declare const Worker: new (url: URL, options: { readonly type: 'module' }) => WebWorker
declare const navigator: { readonly hardwareConcurrency?: number }

/** How many threads can run at once, as far as the browser tells. */
export function processors(): number {
  return navigator.hardwareConcurrency ?? 1
}

/** Milliseconds that only go forward. */
export function clock(): number {
  return performance.now()
}

/** Calls back when what goes on now has had its turn. */
export function soon(callback: () => void): void {
  queueMicrotask(callback)
}

/** Starts a Web Worker. Bundlers look for exactly this form, and put the worker's modules in a file of their own. */
export const startThread: StartThread = listener => {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  worker.onmessage = ({ data }) => listener.reply(data)
  worker.onerror = ({ message }) => listener.lost(message || 'its script could not be loaded')
  worker.onmessageerror = () => listener.lost('what it sent could not be read')
  return {
    post: (requests, transfer) => worker.postMessage(requests, transfer),
    hold: () => {},
    end: async () => worker.terminate(),
  }
}
