import { decodeJson, parseCid, type Value } from '@ipvm/ipld'
import { tasksInOrder, type Workflow } from '@ipvm/workflow'
import { promisesIn } from '@ipvm/ucan'
import type { Call } from '../command.ts'
import { orStop, Stop } from '../exit.ts'

const millisecondsPerSecond = 1000

/** Where the events of a trigger come from, by the options of the command; what they may be is checked with the trigger. */
export function sourceOf(kind: string, call: Call, workflow: Workflow, resolve: (path: string) => string) {
  switch (kind) {
    case 'http':
      return {
        kind,
        methods: listIn(call, 'methods') ?? ['GET', 'POST'],
        headers: listIn(call, 'headers') ?? ['accept', 'accept-language', 'content-type', 'user-agent'],
        output: call.value('output') ?? outputOf(workflow),
        wait: (numberIn(call, 'wait') ?? 30) * millisecondsPerSecond,
      }
    case 'webhook':
      return {
        kind,
        scheme: call.value('scheme') ?? 'standard',
        secret: needed(call, 'secret', 'the name of the secret that signs its requests'),
        tolerance: numberIn(call, 'tolerance') ?? 300,
      }
    case 'file': {
      const match = call.value('match')
      const path = resolve(needed(call, 'path', 'a folder, or a file'))
      return { kind, path, ...(match !== undefined && { match }) }
    }
    case 'kv':
      return { kind, prefix: call.value('prefix') ?? '' }
    default:
      return receiptsIn(kind, call)
  }
}

function receiptsIn(kind: string, call: Call) {
  const [cmd, ran, outcome, where] = ['cmd', 'ran', 'outcome', 'where'].map(option => call.value(option))
  if ([cmd, ran, outcome, where].every(text => text === undefined)) {
    throw new Stop({ name: 'Usage', message: 'on receipt needs --cmd, --ran, --outcome or --where: which receipts' })
  }
  const pol: Value | undefined = where === undefined ? undefined : orStop(decodeJson(where))
  return {
    kind,
    ...(cmd !== undefined && { cmd }),
    ...(ran !== undefined && { ran: orStop(parseCid(ran)) }),
    ...(outcome !== undefined && { outcome }),
    ...(pol !== undefined && { pol }),
  }
}

/** The task that answers: the one that is called so, else the only one that no other awaits. */
function outputOf(workflow: Workflow): string {
  const tasks = tasksInOrder(workflow)
  const named = tasks.find(({ label }) => label === 'response' || label === 'output')
  if (named) return named.label
  const awaited = new Set(tasks.flatMap(({ task }) => promisesIn(task.args).map(({ target }) => target.toString())))
  const [last, another] = tasks.filter(({ name }) => !awaited.has(name.toString()))
  if (last && !another) return last.label
  const labels = tasks.map(({ label }) => label).slice(0, 20)
  const message = `which task answers? Call it "response", or say --output LABEL; it has ${labels.join(', ')}`
  throw new Stop({ name: 'Usage', message })
}

function needed(call: Call, option: string, what: string): string {
  const text = call.value(option)
  if (text !== undefined) return text
  throw new Stop({ name: 'Usage', message: `it needs --${option}: ${what}; see ipvm on --help` })
}

function listIn(call: Call, option: string): readonly string[] | undefined {
  return call
    .value(option)
    ?.split(',')
    .map(text => text.trim())
    .filter(text => text !== '')
}

function numberIn(call: Call, option: string): number | undefined {
  const text = call.value(option)
  if (text === undefined) return undefined
  if (/^\d{1,7}$/.test(text)) return Number(text)
  throw new Stop({ name: 'Usage', message: `--${option} ${text} is no number of seconds` })
}
