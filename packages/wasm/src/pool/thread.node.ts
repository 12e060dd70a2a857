import { getCompileCacheDir } from 'node:module'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { workerHeapMebibytes } from '../limits.ts'
import type { WorkerReply } from './message.ts'
import { Progress } from './progress.ts'
import type { StartThread } from './thread.ts'

export { clock } from './clock.node.ts'

// A build rewrites the extensions of imports, and not those of URLs.
const entry = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

/** How many threads can run at once. */
export const processors: () => number = availableParallelism

/** Calls back when all that goes on now has had its turn. */
export function soon(callback: () => void): void {
  setImmediate(callback)
}

/**
 * A guest's thread gets nothing of the process's environment; where the process keeps compiled code in a cache, the
 * thread uses it too, and starts in a third of the time.
 */
function environment(): Record<string, string> {
  const cache = getCompileCacheDir()
  return cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }
}

/** Starts a thread of `node:worker_threads`. */
export const startThread: StartThread = listener => {
  const progress = new Progress()
  const worker = new Worker(entry, {
    env: environment(),
    workerData: progress.memory,
    // Of the process's options only what says where packages are found: others, as --input-type, break a thread.
    execArgv: process.execArgv.filter(option => option.startsWith('--conditions=')),
    resourceLimits: { maxOldGenerationSizeMb: workerHeapMebibytes },
  })
  worker.on('message', (replies: readonly WorkerReply[]) => listener.reply(replies))
  worker.on('messageerror', () => listener.lost('what it sent could not be read'))
  worker.on('error', thrown => listener.lost(reasonOf(thrown)))
  worker.on('exit', () => listener.lost('it ended by itself'))
  // After the listeners: listening for messages holds the process again.
  worker.unref()
  return {
    progress,
    post: (requests, transfer) => worker.postMessage(requests, transfer),
    hold: isBusy => (isBusy ? worker.ref() : worker.unref()),
    end: async () => void (await worker.terminate()),
  }
}

function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  const isFull = 'code' in thrown && thrown.code === 'ERR_WORKER_OUT_OF_MEMORY'
  return isFull ? `it had no more than ${workerHeapMebibytes} MiB for what the guest hands over` : thrown.message
}
