import { setTimeout as wait } from 'node:timers/promises'
import type { CID } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import type { EndedRun, OnEvent, RunEvent } from '@ipvm/runtime'
import type { RunRecord, RunRequest, Store } from '@ipvm/store'
import type { Call } from '../command.ts'
import { chooseDisplay } from '../display/choose.ts'
import { commandLine } from '../display/command-line.ts'
import { exit, orStop, type ExitCode } from '../exit.ts'
import { untilInterrupted } from '../interrupt.ts'
import { say } from '../output.ts'
import { tellEnded } from '../view/ended.ts'
import { watchDisk } from './disk.ts'
import { executorOf } from './executor.ts'

/** How often it is looked whether a request was taken up, milliseconds. */
const pauseMilliseconds = 50

/**
 * Asks something of a run, and waits until it is so: here, or where this node's workflows run. Undefined where whoever
 * waits is interrupted; the request stays.
 */
export async function askOf(
  node: IpvmNode,
  { run }: RunRecord,
  request: RunRequest,
  call: Call,
  isSo: (record: RunRecord) => boolean,
): Promise<RunRecord | undefined> {
  orStop(await node.runtime.request(run, request))
  return untilInterrupted(async signal => {
    while (!signal.aborted) {
      const record = (await isTaken(node.store, run)) ? await node.store.run(run) : undefined
      if (record && isSo(record)) return record
      // Who had taken it on may be gone: then it is ours to do.
      if (executorOf(call) === undefined) orStop(await node.runtime.request(run, request))
      await wait(pauseMilliseconds, undefined, { signal }).catch(() => {})
    }
    return undefined
  })
}

/**
 * Asks something of runs after which they go on, here or where this node's workflows run, and shows one after the other
 * how they do until nothing more of them goes on. Ctrl-C ends the showing: what went on here can be resumed.
 */
export async function goOnWith(
  node: IpvmNode,
  records: readonly RunRecord[],
  request: RunRequest,
  call: Call,
): Promise<ExitCode> {
  const elsewhere = executorOf(call)
  if (elsewhere !== undefined) say(`ipvm: process ${elsewhere} runs this node's workflows, and goes on with it`)
  const backlogs = new Map<RunRecord, Backlog>()
  for (const record of records) {
    orStop(await node.runtime.request(record.run, request))
    if (elsewhere === undefined) backlogs.set(record, new Backlog(node, record.run))
  }
  let code: ExitCode = exit.ok
  for (const record of records) {
    const shown = await showGoing(node, record, { elsewhere, backlog: backlogs.get(record) }, call)
    if (shown !== exit.ok) code = shown
    if (shown === exit.interrupted) break
  }
  return code
}

/** Keeps what a run tells until it is its turn to be shown: runs go on at once, and are shown one after the other. */
class Backlog {
  readonly #events: RunEvent[] = []
  #onEvent: OnEvent = event => void this.#events.push(event)
  readonly #ended: Promise<EndedRun>

  constructor(node: IpvmNode, run: CID) {
    this.#ended = node.runtime.ended(run, { onEvent: event => this.#onEvent(event) })
    this.#ended.catch(() => {})
  }

  ended(onEvent: OnEvent): Promise<EndedRun> {
    for (const event of this.#events.splice(0)) onEvent(event)
    this.#onEvent = onEvent
    return this.#ended
  }
}

async function showGoing(
  node: IpvmNode,
  { run, name = 'unnamed', settled }: RunRecord,
  { elsewhere, backlog }: { readonly elsewhere: string | undefined; readonly backlog: Backlog | undefined },
  call: Call,
): Promise<ExitCode> {
  const display = await chooseDisplay(call)
  const unwatch = watchDisk(node)
  try {
    display.begin(name)
    // Of a run that goes on elsewhere, all that its journal has is told again.
    if (elsewhere === undefined) display.settled(settled)
    const ended = await untilInterrupted(async signal => {
      while (elsewhere !== undefined && !signal.aborted && !(await isTaken(node.store, run))) {
        await wait(pauseMilliseconds, undefined, { signal }).catch(() => {})
      }
      const onEvent = display.event
      const ended = backlog ? backlog.ended(onEvent) : node.runtime.ended(run, { onEvent })
      return Promise.race([ended, interrupted(signal)])
    })
    display.end()
    if (ended) return await tellEnded(node, ended, call)
    say(leftText(run, elsewhere, call))
    return exit.interrupted
  } finally {
    unwatch()
    display.end()
  }
}

/** Whether nothing that was asked of a run waits to be taken up. */
async function isTaken(store: Store, run: CID): Promise<boolean> {
  return (await store.requests()).every(pending => !pending.run.equals(run))
}

function interrupted(signal: AbortSignal): Promise<EndedRun | undefined> {
  return new Promise(resolve => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

function leftText(run: CID, elsewhere: string | undefined, call: Call): string {
  return elsewhere === undefined
    ? `ipvm: left as it is; go on with: ${commandLine(['resume', run], call)}`
    : `ipvm: it goes on in process ${elsewhere}; see: ${commandLine(['ps'], call)}`
}
