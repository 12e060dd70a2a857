import type { RunState, RunSummary } from '@ipvm/store'
import type { Command } from '../command.ts'
import { duration } from '../display/display.ts'
import { print, printable } from '../output.ts'
import { exit } from '../exit.ts'
import { openNode } from '../open.ts'

const shownMax = 50

/** `ipvm ps` */
export const ps: Command = {
  usage: '',
  words: 0,
  summary: 'Lists the newest runs: what ran, what was reused, and how it ended.',
  examples: ['ps', 'ps --json'],
  options: {},
  run: async call => {
    const node = await openNode(call)
    try {
      const runs = await node.store.runs(shownMax)
      if (call.json) for (const run of runs) print(JSON.stringify(runJson(run)))
      else if (runs.length === 0) print('Nothing has run here yet; try: ipvm run --help')
      else for (const run of runs) print(`${runLine(run)}\n  ${run.run}`)
    } finally {
      await node.close()
    }
    return exit.ok
  },
}

/** A run's state in a word or two. One without an end is under way while its process is, else it was cut off. */
export function stateOf({ end, owner }: RunState): string {
  if (end !== undefined) return end
  return isUnderWay({ owner }) ? `running (process ${owner})` : 'cut off; run it again to go on'
}

/** Whether a run has not ended, and the process is there that runs it. */
export function isUnderWay({ end, owner }: Pick<RunState, 'end' | 'owner'>): boolean {
  return end === undefined && isAlive(Number(owner))
}

function isAlive(id: number): boolean {
  try {
    return process.kill(id, 0)
  } catch (thrown) {
    // It is there, and another user's.
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM'
  }
}

function runLine(run: RunSummary): string {
  const { name = 'unnamed', at, tasks, counts, milliseconds } = run
  const settled = counts.ran + counts.reused + counts.failed + counts.skipped
  const when = new Date(at * 1000).toISOString().replace('T', ' ').slice(0, 19)
  const how = `${settled}/${tasks} settled, ${counts.reused} reused, ${counts.failed} failed, ${duration(milliseconds)}`
  return `${when}  ${printable(name)}  ${stateOf(run)}  ${how}`
}

function runJson(run: RunSummary) {
  const { run: id, workflow, name, at, tasks, end, endedAt, counts, milliseconds } = run
  const state = { name, state: stateOf(run), at, endedAt, end, tasks, counts, milliseconds }
  return { run: id.toString(), workflow: workflow.toString(), ...state }
}
