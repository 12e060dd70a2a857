import type { IpvmNode } from '@ipvm/node'
import { printTime } from '@ipvm/ucan'
import { nextDue, readSchedule, scheduleBlock, type MissedRuns, type Schedule } from '@ipvm/workflow/schedule'
import type { CID } from '@ipvm/ipld'
import type { Call, Command } from '../command.ts'
import { commandLine } from '../display/command-line.ts'
import { exit, orStop, Stop } from '../exit.ts'
import { loadDraft } from '../load/draft.ts'
import { executorOf } from '../load/executor.ts'
import { parseTime } from '../load/time.ts'
import { openOrMakeNode } from '../open.ts'
import { print, say } from '../output.ts'

/** `ipvm schedule FILE --cron … | --at …` */
export const schedule: Command = {
  usage: 'FILE [ARGS…] --cron EXPRESSION | --at TIME',
  words: Number.POSITIVE_INFINITY,
  summary:
    'Has a workflow run at times: again and again by cron, or once. Whoever runs the node’s workflows keeps it: ipvm up.',
  examples: [
    'schedule newsletter.json --cron "0 7 * * *" --timezone Europe/Berlin',
    'schedule report.ts --at 2027-01-31T12:00Z',
    'schedule report.ts --at 90m --missed skip',
  ],
  options: {
    cron: { summary: 'minute, hour, day of the month, month, day of the week', value: 'EXPRESSION' },
    at: { summary: 'once: 90m, 1d, or a date', value: 'TIME' },
    timezone: { summary: 'by whose clock, such as Europe/Berlin; UTC where not given', value: 'ZONE' },
    missed: {
      summary: 'times at which nobody was there to run it: once for all of them (the default), skip, or all',
      value: 'once|skip|all',
    },
  },
  run: async call => {
    const [path, ...args] = call.positionals
    if (path === undefined)
      throw new Stop({ name: 'Usage', message: 'schedule needs a file; see ipvm schedule --help' })
    const when = whenIn(call)
    const draft = await loadDraft(path, args)
    const { node } = await openOrMakeNode(call)
    try {
      const { document, workflow, blocks, aliases } = orStop(await node.compile(draft))
      // What would be refused each time is refused now.
      orStop(await node.runtime.plan(workflow))
      await node.store.commit({ blocks: [...blocks, document], aliases })
      await keep(node, { ...when, workflow: document.cid }, call)
    } finally {
      await node.close()
    }
    return exit.ok
  },
}

type When = Schedule extends infer S ? (S extends Schedule ? Omit<S, 'workflow'> : never) : never

function whenIn(call: Call): When {
  const [cron, at, timezone] = [call.value('cron'), call.value('at'), call.value('timezone')]
  const common = { missed: missedIn(call), nonce: new Uint8Array(0) }
  if ((cron === undefined) === (at === undefined)) {
    throw new Stop({
      name: 'Usage',
      message: 'schedule needs --cron "0 7 * * *", or --at TIME; see ipvm schedule --help',
    })
  }
  if (cron !== undefined) {
    return { cron, ...(timezone !== undefined && { timezone }), ...common }
  }
  if (timezone !== undefined)
    throw new Stop({ name: 'Usage', message: '--timezone goes with --cron; write it into the date' })
  const time = parseTime(at ?? '', Math.floor(Date.now() / 1000))
  if (time === null) throw new Stop({ name: 'Usage', message: '--at never: then it need not be scheduled' })
  return { at: time, ...common }
}

function missedIn(call: Call): MissedRuns {
  const text = call.value('missed') ?? 'once'
  if (text === 'once' || text === 'skip' || text === 'all') return text
  throw new Stop({ name: 'Usage', message: `--missed ${text} is not known; write once, skip or all` })
}

async function keep(node: IpvmNode, wanted: Schedule, call: Call): Promise<void> {
  const checked = orStop(readSchedule(scheduleBlock(wanted).bytes))
  const due = nextDue(checked, Math.floor(Date.now() / 1000))
  if (due === undefined) throw new Stop({ name: 'NeverDue', message: 'its time is over; it would never be due' })
  const { schedule: cid, workflow } = await node.runtime.schedule(checked)
  if (call.json) print(JSON.stringify({ schedule: `${cid}`, workflow: `${workflow}`, due }))
  else print(`${cid}  due at ${printTime(due)}`)
  if (executorOf(call) === undefined)
    say(`ipvm: nobody runs this node's workflows now; keep it up with: ${commandLine(['up'], call)}`)
  say(`Take it back: ${commandLine(['unschedule', shortOf(cid)], call)}`)
}

function shortOf(cid: CID): string {
  return cid.toString().slice(0, 16)
}
