import { setTimeout as wait } from 'node:timers/promises'
import type { CID } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import type { RunRecord, RunRequest, Store } from '@ipvm/store'
import type { Call } from '../command.ts'
import { commandLine } from '../display/command-line.ts'
import { orStop } from '../exit.ts'
import { untilInterrupted } from '../interrupt.ts'
import { print, say } from '../output.ts'
import { executorOf } from './executor.ts'

/** How often it is looked whether a request was taken up, milliseconds. */
const pauseMilliseconds = 50

/**
 * Asks something of a run, and waits until whoever runs this node's workflows has taken it up and `isDone`; where nobody
 * does, says so: the request stays, and is taken up by the next one. Ctrl-C ends the waiting, not the request.
 */
export async function askOf(
  node: IpvmNode,
  { run }: RunRecord,
  request: RunRequest,
  { call, isDone }: { readonly call: Call; readonly isDone: (record: RunRecord) => boolean },
): Promise<RunRecord | undefined> {
  orStop(await node.request(run, request))
  const record = await untilInterrupted(signal => doneRun(node.store, run, { call, isDone, signal }))
  const value = { type: 'requested', run: run.toString(), request: request.type, taken: record !== undefined }
  if (call.json) print(JSON.stringify({ ...value, end: record?.end, suspended: record?.suspended }))
  else if (!record)
    say(
      `ipvm: asked for; nobody runs this node's workflows now, so it is taken up with: ${commandLine(['resume', run], call)}`,
    )
  return record
}

interface Waiting {
  readonly call: Call
  readonly isDone: (record: RunRecord) => boolean
  readonly signal: AbortSignal
}

async function doneRun(store: Store, run: CID, { call, isDone, signal }: Waiting): Promise<RunRecord | undefined> {
  while (!signal.aborted) {
    const isTaken = (await store.requests()).every(pending => !pending.run.equals(run))
    const record = isTaken ? await store.run(run) : undefined
    if (record && isDone(record)) return record
    if (executorOf(call) === undefined) return undefined
    await wait(pauseMilliseconds, undefined, { signal }).catch(() => {})
  }
  return undefined
}
