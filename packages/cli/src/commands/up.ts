import { setTimeout as wait } from 'node:timers/promises'
import { ok, type CID } from '@ipvm/ipld'
import { homeOf, readConfig, type EventNews, type IpvmNode } from '@ipvm/node'
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
    port: { summary: 'serve function URLs and webhooks on this port, 0 for any (4786)', value: 'PORT' },
    host: { summary: 'at which address (127.0.0.1, this machine alone); or "serve" in config.json', value: 'HOST' },
    metrics: { summary: 'serve metrics for Prometheus on this port of the loopback, at /metrics', value: 'PORT' },
  },
  run: async call => {
    const port = portIn(call, 'metrics')
    const where = orStop(await addressIn(call))
    // The metrics ask the runtime, which is made with them.
    let opened: IpvmNode | undefined
    const metrics = port === undefined ? undefined : await openMetrics(() => opened?.runtime.sample(), port)
    const { node } = await openOrMakeNode(call, {
      observers: [upDisplay(call.json), ...(metrics ? [metrics.metrics] : [])],
      onSchedule: news => tellSchedule(news, call),
      onEvent: news => tellEvent(news, call),
    })
    opened = node
    const unwatch = watchDisk(node)
    try {
      if (metrics) say(`Metrics: ${metrics.url}`)
      await untilInterrupted(signal => keepUp(node, where, signal))
      say('Stopping; what is under way can be gone on with')
    } finally {
      unwatch()
      await node.close()
      await metrics?.close()
    }
    return exit.ok
  },
}

function portIn(call: Call, option: 'metrics' | 'port'): number | undefined {
  const text = call.value(option)
  if (text === undefined) return undefined
  if (/^\d{1,5}$/.test(text) && Number(text) <= portMax) return Number(text)
  throw new Stop({ name: 'Usage', message: `--${option} ${text} is no port; write a number up to ${portMax}` })
}

async function openMetrics(sample: () => ReturnType<IpvmNode['runtime']['sample']> | undefined, port: number) {
  const { Metrics, serveMetrics } = await import('@ipvm/node/metrics')
  const metrics = new Metrics(() => sample() ?? { commands: {}, runs: { running: 0, queued: 0 }, heldCommits: 0 })
  return { metrics, ...orStop(await serveMetrics(metrics, port)) }
}

/** Where it is to be reached over HTTP; `asked` is that somebody said so, and it is not only so if it has to be. */
interface Where {
  readonly host: string
  readonly port: number
  readonly isAsked: boolean
}

async function addressIn(call: Call) {
  const flags = Object.fromEntries(
    ['port', 'host'].map(name => {
      const text = call.value(name)
      return [`serve.${name}`, text === undefined ? undefined : { name: `--${name}`, text }]
    }),
  )
  const config = await readConfig(homeOf(call.home), { env: process.env, flags })
  return 'error' in config ? config : ok<Where>(config.ok.serve)
}

async function keepUp(node: IpvmNode, where: Where, signal: AbortSignal): Promise<void> {
  const runs = await takeRuns(node, signal)
  if (!runs) return
  await node.events.open()
  const server = new Server(node, where)
  try {
    await server.look()
    await tellUp(node, runs)
    while (!signal.aborted) {
      await wait(serveMilliseconds, undefined, { signal }).catch(() => {})
      await server.look()
    }
  } finally {
    await server.close()
  }
}

/** How often it is looked whether there is something to be served now, milliseconds. */
const serveMilliseconds = 250

/** Serves over HTTP from when it was asked for, or something is there to be served. */
class Server {
  readonly #node: IpvmNode
  readonly #where: Where
  #serving: { close(): Promise<void> } | undefined

  constructor(node: IpvmNode, where: Where) {
    this.#node = node
    this.#where = where
  }

  async look(): Promise<void> {
    if (this.#serving || !(this.#where.isAsked || this.#node.events.isServed)) return
    const { serve } = await import('@ipvm/node/serve')
    const serving = orStop(await serve(this.#node, this.#where))
    this.#serving = serving
    say(`Serving at ${serving.url}`)
  }

  async close(): Promise<void> {
    await this.#serving?.close()
  }
}

async function tellUp(node: IpvmNode, runs: readonly CID[]): Promise<void> {
  const schedules = await node.store.schedules()
  const due = schedules.flatMap(({ due: at }) => (at === undefined ? [] : [at]))
  const next = due.length > 0 ? `, the next is due at ${printTime(Math.min(...due))}` : ''
  const triggers = await node.store.triggers()
  const events = triggers.length > 0 ? `, ${triggers.length} triggers` : ''
  say(
    `Up as process ${process.pid}: ${runs.length} open runs go on, ${due.length} schedules${next}${events}. Ctrl-C ends`,
  )
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

function tellEvent({ trigger, type, id, message }: EventNews, { json }: Call): void {
  if (json) print(JSON.stringify({ type: 'event', trigger, news: type, id, message }))
  else if (type !== 'delivered') {
    say(`${time()}  ${printable(trigger)} ${type}${id === undefined ? '' : ` ${printable(id)}`}: ${printable(message)}`)
  }
}
