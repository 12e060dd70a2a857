import type { IpvmNode } from '@ipvm/node'
import type { ScheduleRecord } from '@ipvm/store'
import { printTime } from '@ipvm/ucan'
import { decodeWorkflow } from '@ipvm/workflow'
import { readSchedule, type Schedule } from '@ipvm/workflow/schedule'
import type { Call, Command } from '../command.ts'
import { exit, Stop } from '../exit.ts'
import { openNode } from '../open.ts'
import { prefixLengthMin } from '../load/run-name.ts'
import { print, printable } from '../output.ts'

/** `ipvm schedules` */
export const schedules: Command = {
  usage: '',
  words: 0,
  summary:
    'Lists the schedules: what is due when, until when that was taken care of, and how often nobody was there to run it.',
  examples: ['schedules', 'schedules --json'],
  options: {},
  run: async call => {
    const node = await openNode(call)
    try {
      const records = await node.store.schedules()
      if (records.length === 0 && !call.json) print('Nothing is scheduled; see: ipvm schedule --help')
      for (const record of records) await printSchedule(node, record, call)
    } finally {
      await node.close()
    }
    return exit.ok
  },
}

async function printSchedule(node: IpvmNode, record: ScheduleRecord, { json }: Call): Promise<void> {
  const { schedule: cid, workflow, due, last, missed } = record
  const [read, name] = [await scheduleOf(node, record), await nameOf(node, record)]
  if (json) {
    const when = read && ('at' in read ? { at: read.at } : { cron: read.cron, timezone: read.timezone ?? 'UTC' })
    print(JSON.stringify({ schedule: `${cid}`, workflow: `${workflow}`, name, ...when, due, last, missed }))
    return
  }
  const next = due === undefined ? 'is over' : `due at ${printTime(due)}`
  const before = last === undefined ? '' : `, taken care of until ${printTime(last)}`
  print(
    `${printable(name ?? 'unnamed')}  ${read ? whenText(read) : 'unreadable'}  ${next}${before}${missed > 0 ? `, missed ${missed}` : ''}`,
  )
  print(`  ${cid}`)
}

function whenText(schedule: Schedule): string {
  return 'at' in schedule ? 'once' : `${schedule.cron} (${schedule.timezone ?? 'UTC'})`
}

async function scheduleOf(node: IpvmNode, { schedule }: ScheduleRecord): Promise<Schedule | undefined> {
  const bytes = await node.block(schedule)
  const read = 'ok' in bytes ? readSchedule(bytes.ok) : bytes
  return 'ok' in read ? read.ok : undefined
}

async function nameOf(node: IpvmNode, { workflow }: ScheduleRecord): Promise<string | undefined> {
  const bytes = await node.block(workflow)
  const read = 'ok' in bytes ? decodeWorkflow(bytes.ok) : bytes
  return 'ok' in read ? read.ok.name : undefined
}

/** `ipvm unschedule SCHEDULE` */
export const unschedule: Command = {
  usage: 'SCHEDULE',
  words: 1,
  summary: 'Lets go of a schedule, named by its CID or the beginning of it. Runs that it began go on.',
  examples: ['unschedule bafyreigh2'],
  options: {},
  run: async call => {
    const [word] = call.positionals
    if (word === undefined)
      throw new Stop({ name: 'Usage', message: 'unschedule needs a schedule; ipvm schedules lists them' })
    const node = await openNode(call)
    try {
      const isNamed = word.length >= prefixLengthMin
      const all = await node.store.schedules()
      const found = all.filter(({ schedule }) => isNamed && schedule.toString().startsWith(word))
      const [one, another] = found
      if (!one)
        throw new Stop({
          name: 'UnknownSchedule',
          message: `there is no schedule "${word}"; ipvm schedules lists them`,
        })
      if (another)
        throw new Stop({
          name: 'AmbiguousSchedule',
          message: `${found.length} schedules begin with ${word}; write more of it`,
        })
      await node.runtime.unschedule(one.schedule)
      print(call.json ? JSON.stringify({ unscheduled: `${one.schedule}` }) : `Let go of ${one.schedule}`)
    } finally {
      await node.close()
    }
    return exit.ok
  },
}
