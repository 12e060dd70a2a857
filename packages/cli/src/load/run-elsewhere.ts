import { CID, type Block, type Failure } from '@ipvm/ipld'
import type { Client, RunNews, RunResult } from '@ipvm/client'
import type { IpvmNode } from '@ipvm/node'
import type { EndedRun, SettledTask } from '@ipvm/runtime'
import type { Settlement } from '@ipvm/store'
import { tasksInOrder, type Compiled } from '@ipvm/workflow'
import type { Call } from '../command.ts'
import { chooseDisplay } from '../display/choose.ts'
import type { Display } from '../display/display.ts'
import { exit, orStop, type ExitCode } from '../exit.ts'
import { say } from '../output.ts'
import { tellEnded } from '../view/ended.ts'
import { withLinkedFiles } from './linked-files.ts'
import { orRefused, type Asked, type OtherNode } from './other-node.ts'

/** Runs a workflow on another node and shows how it goes and what came of it, as of a run here. */
export async function runElsewhere(
  node: IpvmNode,
  { client, other }: { readonly client: Client; readonly other: OtherNode },
  { title, compiled }: { readonly title: string; readonly compiled: Compiled },
  call: Call,
): Promise<ExitCode> {
  const leave = new AbortController()
  const onInterrupt = () => leave.abort()
  const display = await chooseDisplay(call)
  process.on('SIGINT', onInterrupt).on('SIGTERM', onInterrupt)
  try {
    display.begin(title)
    say(`ipvm: runs at ${client.address}, the node of ${client.did}`)
    const watched = new Watched(display, compiled)
    const onEvent = (news: RunNews) => watched.hear(news)
    const ran = await client.run(await withLinkedFiles(node, compiled), { onEvent, signal: leave.signal })
    if ('error' in ran) {
      const asked = { other, cmd: '/workflow/run', by: node.did, node: client.did } as const
      return left(ran, asked, leave.signal)
    }
    const ended = watched.ended(ran.ok)
    display.end()
    await keep(node, client, compiled, ran.ok)
    if (ended.end === 'unknown')
      say('ipvm: of a mutation nobody knows whether it was done; the owner of that node has to say')
    return await tellEnded(node, ended, call)
  } finally {
    process.off('SIGINT', onInterrupt).off('SIGTERM', onInterrupt)
    display.end()
    client.close()
  }
}

function left(failed: { readonly error: Failure }, asked: Asked, signal: AbortSignal): ExitCode {
  if (!signal.aborted) orRefused(failed, asked)
  say('ipvm: left; what runs there goes on, and running it again finds what is done')
  return exit.interrupted
}

/** What is told of a run elsewhere, as events of a run. */
class Watched {
  readonly #display: Display
  readonly #compiled: Compiled
  readonly #told = new Map<string, Omit<SettledTask, 'receipt'>>()
  readonly #shown = new Set<string>()

  constructor(display: Display, compiled: Compiled) {
    this.#display = display
    this.#compiled = compiled
    const { workflow, document } = compiled
    const labels = tasksInOrder(workflow).map(({ label }) => label)
    display.event({ type: 'started', run: document.cid, seq: 0, at: Date.now(), workflow: document.cid, labels })
  }

  hear({ id, event, data, receipt }: RunNews): void {
    const { label, task, how, milliseconds } = data
    if (event !== 'settled' || typeof label !== 'string' || !(task instanceof CID)) return
    const settled = { label, task, how: settlementOf(how), milliseconds: Number(milliseconds ?? 0) }
    this.#told.set(label, settled)
    if (!receipt) return
    this.#shown.add(label)
    this.#display.event({
      type: 'settled',
      run: this.#compiled.document.cid,
      seq: id,
      at: Date.now(),
      ...settled,
      receipt,
    })
  }

  /** The run as it ended; what could not be shown before is shown now. */
  ended({ run, workflow, end, tasks }: RunResult): EndedRun {
    const settled = new Map<string, SettledTask>()
    for (const [label, receipt] of tasks) {
      const how = 'ok' in receipt.out ? 'ran' : 'failed'
      const told = this.#told.get(label) ?? { label, task: receipt.ran, how, milliseconds: 0 }
      settled.set(label, { ...told, receipt })
      if (this.#shown.has(label)) continue
      this.#display.event({ type: 'settled', run, seq: settled.size, at: Date.now(), ...told, receipt })
    }
    if (end !== 'unknown') this.#display.event({ type: 'ended', run, seq: settled.size + 1, at: Date.now(), end })
    return { run, workflow, end, tasks: settled }
  }
}

const settlements: readonly unknown[] = [
  'ran',
  'reused',
  'failed',
  'caught',
  'skipped',
  'withdrawn',
] satisfies readonly Settlement[]

function settlementOf(how: unknown): Settlement {
  return isSettlement(how) ? how : 'ran'
}

function isSettlement(how: unknown): how is Settlement {
  return settlements.includes(how)
}

/** What came is kept here, to be shown and written to files; it counts as what it is, the word of another node. */
async function keep(
  node: IpvmNode,
  client: Client,
  { document, blocks }: Compiled,
  { tasks }: RunResult,
): Promise<void> {
  const receipts = [...tasks.values()]
  const values: Block[] = []
  for (const receipt of receipts) values.push(...orStop(await client.blocks(receipt)))
  await node.store.commit({ blocks: [...blocks, document, ...receipts, ...values] })
}
