import { parentPort, workerData } from 'node:worker_threads'
import { connect } from './database.ts'
import { unpack, type PackedRows } from './pack.ts'
import { Writer } from './writer.ts'

/** What the thread that writes is asked. */
export type ThreadRequest = PackedRows | 'version' | 'close'

/** What it answers, in the order in which it was asked; first of all that it is there. */
export type ThreadReply =
  | { readonly type: 'ready' | 'closed' }
  | { readonly type: 'written'; readonly failures: readonly (readonly [change: number, fault: ThreadFault])[] }
  | { readonly type: 'failed'; readonly fault: ThreadFault }
  | { readonly type: 'version'; readonly version: number }

/** What was thrown, as it gets from one thread to another: an error loses its fields there. */
export interface ThreadFault {
  readonly message: string
  readonly errcode?: number
}

const db = connect(String(workerData))
const writer = new Writer(db)
const dataVersion = db.prepare('PRAGMA data_version')

parentPort?.on('message', (request: ThreadRequest) => parentPort?.postMessage(answer(request)))
parentPort?.postMessage({ type: 'ready' } satisfies ThreadReply)

function answer(request: ThreadRequest): ThreadReply {
  try {
    if (request === 'close') {
      db.close()
      return { type: 'closed' }
    }
    if (request === 'version') return { type: 'version', version: Number(dataVersion.get()?.data_version) }
    const failures = writer.write(unpack(request))
    return { type: 'written', failures: [...failures].map(([change, thrown]) => [change, faultOf(thrown)] as const) }
  } catch (thrown) {
    return { type: 'failed', fault: faultOf(thrown) }
  }
}

function faultOf(thrown: unknown): ThreadFault {
  if (!(thrown instanceof Error)) return { message: String(thrown) }
  const { message } = thrown
  return 'errcode' in thrown && typeof thrown.errcode === 'number' ? { message, errcode: thrown.errcode } : { message }
}
