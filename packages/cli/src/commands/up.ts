import { setTimeout as wait } from 'node:timers/promises'
import type { CID } from '@ipvm/ipld'
import { homeOf, readConfig, readIdentity, type EventNews, type IpvmNode, type NodeConfig } from '@ipvm/node'
import type { Site, SiteParts } from '@ipvm/node/site'
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
    const port = metricsPort(call)
    const config = await configOf(call)
    // The metrics ask the runtime, which is made with them.
    let opened: IpvmNode | undefined
    const isMetered = port !== undefined || config.serve.metrics !== 'off'
    const metrics = isMetered ? await openMetrics(() => opened?.runtime.sample(), port) : undefined
    const { node } = await openOrMakeNode(call, {
      observers: [upDisplay(call.json), ...(metrics ? [metrics.metrics] : [])],
      onSchedule: news => tellSchedule(news, call),
      onEvent: news => tellEvent(news, call),
    })
    opened = node
    const unwatch = watchDisk(node)
    try {
      if (metrics?.server) say(`Metrics: ${metrics.server.url}`)
      await untilInterrupted(signal => keepUp(call, { node, config, metrics: metrics?.metrics }, signal))
    } finally {
      unwatch()
      await node.close()
      await metrics?.server?.close()
    }
    return exit.ok
  },
}

function metricsPort(call: Call): number | undefined {
  const text = call.value('metrics')
  if (text === undefined) return undefined
  if (/^\d{1,5}$/.test(text) && Number(text) <= portMax) return Number(text)
  throw new Stop({ name: 'Usage', message: `--metrics ${text} is no port; write a number up to ${portMax}` })
}

/** Metrics, and the port of their own, where one was asked for. */
async function openMetrics(
  sample: () => ReturnType<IpvmNode['runtime']['sample']> | undefined,
  port: number | undefined,
) {
  const { Metrics, serveMetrics } = await import('@ipvm/node/metrics')
  const metrics = new Metrics(() => sample() ?? { commands: {}, runs: { running: 0, queued: 0 }, heldCommits: 0 })
  return { metrics, ...(port !== undefined && { server: orStop(await serveMetrics(metrics, port)) }) }
}

/** The config with what the options say in place of it. */
async function configOf(call: Call): Promise<NodeConfig> {
  const flags = Object.fromEntries(
    ['port', 'host'].map(name => {
      const text = call.value(name)
      return [`serve.${name}`, text === undefined ? undefined : { name: `--${name}`, text }]
    }),
  )
  return orStop(await readConfig(homeOf(call.home), { env: process.env, flags }))
}

/** How often it is looked whether there is something to be served now, milliseconds. */
const serveMilliseconds = 250

/** What is kept up. */
interface Kept {
  readonly node: IpvmNode
  readonly config: NodeConfig
  readonly metrics: SiteParts['metrics']
}

async function keepUp(call: Call, { node, config, metrics }: Kept, signal: AbortSignal): Promise<void> {
  const runs = await takeRuns(node, signal)
  if (!runs) return
  await node.events.open()
  const home = homeOf(call.home)
  const signer = orStop(await readIdentity(home))
  const { Site } = await import('@ipvm/node/site')
  const log = (line: string) => say(`${time()}  ${printable(line)}`)
  const site = orStop(await Site.open(node, { home, signer, config, log, metrics }))
  try {
    await look(site)
    await tellUp(node, runs)
    while (!signal.aborted) {
      await wait(serveMilliseconds, undefined, { signal }).catch(() => {})
      if (!signal.aborted) await look(site)
    }
  } finally {
    const { underWay } = site
    const waits = underWay > 0 ? `; requests under way: ${underWay}, for ${config.serve.drain} s at most` : ''
    say(`Stopping; what is under way can be gone on with${waits}. Ctrl-C again ends at once`)
    await site.close()
  }
}

async function look(site: Site): Promise<void> {
  const url = orStop(await site.look())
  if (url !== undefined) say(`Serving at ${url}`)
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
