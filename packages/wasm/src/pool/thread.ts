import type { WorkerReply, WorkerRequest } from './message.ts'

/** One thread of the host's: what a pool needs of `worker_threads` in Node and of Web Workers in a browser. */
export interface Thread {
  /** Sends a request; the buffers move along. */
  post(request: WorkerRequest, transfer: readonly ArrayBuffer[]): void
  /** Whether the process has to stay alive for this thread; a browser tab lives as it likes. */
  hold(isBusy: boolean): void
  /** Ends the thread, whatever it is doing. */
  end(): Promise<void>
}

/** Hears of a thread. */
export interface ThreadListener {
  reply(reply: WorkerReply): void
  /** The thread broke; nothing comes from it any more. */
  lost(reason: string): void
}

/** Starts a thread that runs `worker.ts`. */
export type StartThread = (listener: ThreadListener) => Thread

/** A thread's view of its parent: calls `onRequest` for each request, and gives what replies are sent with. */
export type Listen = (
  onRequest: (request: WorkerRequest) => void,
) => (reply: WorkerReply, transfer: readonly ArrayBuffer[]) => void
