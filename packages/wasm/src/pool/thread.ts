import type { WorkerReply, WorkerRequest } from './message.ts'
import type { Progress } from './progress.ts'

/** One thread of the host's: what a pool needs of `worker_threads` in Node and of Web Workers in a browser. */
export interface Thread {
  /** How far it is, where the host lets threads share memory; where not, it sends each reply at once. */
  readonly progress?: Progress
  /** Sends requests; the buffers move along. */
  post(requests: readonly WorkerRequest[], transfer: readonly ArrayBuffer[]): void
  /** Whether the process has to stay alive for this thread; a browser tab lives as it likes. */
  hold(isBusy: boolean): void
  /** Ends the thread, whatever it is doing. */
  end(): Promise<void>
}

/** Hears of a thread. */
export interface ThreadListener {
  reply(replies: readonly WorkerReply[]): void
  /** The thread broke; nothing comes from it any more. */
  lost(reason: string): void
}

/** Starts a thread that runs `worker.ts`. */
export type StartThread = (listener: ThreadListener) => Thread

/** A thread's view of its parent. */
export interface Parent {
  readonly progress?: Progress
  /** Sends replies; the buffers move along. */
  send(replies: readonly WorkerReply[], transfer: readonly ArrayBuffer[]): void
  /** Calls back when the requests that came meanwhile were heard. */
  later(callback: () => void): void
}

/** Calls `onRequests` for what a thread's parent asks. */
export type Listen = (onRequests: (requests: readonly WorkerRequest[]) => void) => Parent
