import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import type { CID } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import type { ScheduleNews } from '@ipvm/runtime'
import { printTime } from '@ipvm/ucan'
import type { Call, Command } from '../command.ts'
import { time, upDisplay } from '../display/up.ts'
import { exit, orStop, Stop } from '../exit.ts'
import { untilInterrupted } from '../interrupt.ts'
import { watchDisk } from '../load/disk.ts'
import { openOrMakeNode } from '../open.ts'
import { print, printable, say } from '../output.ts'

/** How often it is tried to take over from another process, milliseconds. */
const takeOverMilliseconds = 250

const portMax = 65_535

/** `ipvm up` */
export const up: Command = {
  usage: '',
  words: 0,
  summary:
    'Keeps the node running, until Ctrl-C: goes on with all that was cut off, runs what is due by schedule, and what other commands hand over.',
  examples: ['up', 'up --metrics 9464'],
  options: {
    metrics: { summary: 'serve metrics for Prometheus on this port of the loopback, at /metrics', value: 'PORT' },
  },
  run: async call => {
    const port = portIn(call)
    // The metrics ask the runtime, which is made with them.
    let opened: IpvmNode | undefined
    const metrics = port === undefined ? undefined : await openMetrics(() => opened?.runtime.sample(), port)
    const { node } = await openOrMakeNode(call, {
      observers: [upDisplay(call.json), ...(metrics ? [metrics.metrics] : [])],
      onSchedule: news => tellSchedule(news, call),
    })
    opened = node
    const unwatch = watchDisk(node)
    try {
      if (metrics) say(`Metrics: ${metrics.url}`)
      await untilInterrupted(signal => keepUp(node, signal))
      say('Stopping; what is under way can be gone on with')
    } finally {
      unwatch()
      await node.close()
      await metrics?.close()
    }
    return exit.ok
  },
}

function portIn(call: Call): number | undefined {
  const text = call.value('metrics')
  if (text === undefined) return undefined
  if (/^\d{1,5}$/.test(text) && Number(text) <= portMax) return Number(text)
  throw new Stop({ name: 'Usage', message: `--metrics ${text} is no port; write a number up to ${portMax}` })
}

async function openMetrics(sample: () => ReturnType<IpvmNode['runtime']['sample']> | undefined, port: number) {
  const { Metrics, serveMetrics } = await import('@ipvm/node/metrics')
  const metrics = new Metrics(() => sample() ?? { commands: {}, runs: { running: 0, queued: 0 }, heldCommits: 0 })
  return { metrics, ...orStop(await serveMetrics(metrics, port)) }
}

async function keepUp(node: IpvmNode, signal: AbortSignal): Promise<void> {
  const runs = await takeRuns(node, signal)
  if (!runs) return
  const schedules = await node.store.schedules()
  const due = schedules.flatMap(({ due: at }) => (at === undefined ? [] : [at]))
  const next = due.length > 0 ? `, the next is due at ${printTime(Math.min(...due))}` : ''
  say(`Up as process ${process.pid}: ${runs.length} open runs go on, ${due.length} schedules${next}. Ctrl-C ends`)
  if (!signal.aborted) await once(signal, 'abort')
}

/** Takes the right to run the node's workflows, as soon as whoever has it ends. */
async function takeRuns(node: IpvmNode, signal: AbortSignal): Promise<readonly CID[] | undefined> {
  let isTold = false
  while (!signal.aborted) {
    const opened = await node.runtime.open()
    if ('ok' in opened) return opened.ok
    if (!isTold)
      say(`Process ${opened.error.owner} runs this node's workflows; taking over when it ends. Ctrl-C leaves it`)
    isTold = true
    await wait(takeOverMilliseconds, undefined, { signal }).catch(() => {})
  }
  return undefined
}

function tellSchedule({ schedule, type, message }: ScheduleNews, { json }: Call): void {
  if (json) print(JSON.stringify({ type: 'schedule', schedule: schedule.toString(), news: type, message }))
  else say(`${time()}  schedule ${schedule} ${type}: ${printable(message)}`)
}
