import type { RunRecord } from '@ipvm/store'
import type { Command } from '../command.ts'
import { duration, printable } from '../display/display.ts'
import { exit } from '../exit.ts'
import { openNode } from '../open.ts'

const shownMax = 50

/** `ipvm ps` */
export const ps: Command = {
  usage: '',
  summary: 'Lists the newest runs: what ran, what was reused, and how it ended.',
  examples: ['ps', 'ps --json'],
  options: {},
  run: async call => {
    const node = await openNode(call)
    try {
      const runs = await node.store.runs(shownMax)
      if (call.json) for (const run of runs) console.log(JSON.stringify(runJson(run)))
      else if (runs.length === 0) console.log('Nothing has run here yet; try: ipvm run --help')
      else for (const run of runs) console.log(`${runLine(run)}\n  ${run.run}`)
    } finally {
      await node.close()
    }
    return exit.ok
  },
}

/** A run's state in a word or two. One without an end is under way while its process is, else it was cut off. */
export function stateOf({ end, owner }: RunRecord): string {
  if (end !== undefined) return end
  return isAlive(Number(owner)) ? `running (process ${owner})` : 'cut off; run it again to go on'
}

function isAlive(process_: number): boolean {
  try {
    return process.kill(process_, 0)
  } catch {
    return false
  }
}

function runLine(run: RunRecord): string {
  const { name = 'unnamed', at, tasks, settled } = run
  const reused = settled.filter(({ how }) => how === 'reused').length
  const spent = settled.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  const when = new Date(at * 1000).toISOString().replace('T', ' ').slice(0, 19)
  return `${when}  ${printable(name)}  ${stateOf(run)}  ${settled.length}/${tasks} settled, ${reused} reused, ${duration(spent)}`
}

function runJson(run: RunRecord) {
  const { run: id, workflow, name, at, tasks, end, endedAt } = run
  const settled = run.settled.map(({ label, task, how, receipt, milliseconds }) => {
    return { label, task: task.toString(), how, receipt: receipt.toString(), milliseconds }
  })
  return {
    run: id.toString(),
    workflow: workflow.toString(),
    name,
    state: stateOf(run),
    at,
    endedAt,
    end,
    tasks,
    settled,
  }
}
