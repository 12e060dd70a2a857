import { resolve } from 'node:path'
import { decodeJson, isMap, type CID, type Value } from '@ipvm/ipld'
import { checkTrigger, type IpvmNode, type TriggerStatus } from '@ipvm/node'
import { decodeWorkflow } from '@ipvm/workflow'
import type { Call, Command } from '../command.ts'
import { commandLine } from '../display/command-line.ts'
import { exit, orStop, Stop, type ExitCode } from '../exit.ts'
import { loadDraft } from '../load/draft.ts'
import { executorOf } from '../load/executor.ts'
import { sourceOf } from '../load/source.ts'
import { openNode, openOrMakeNode } from '../open.ts'
import { print, say } from '../output.ts'
import { deadLines, deadValue, triggerLines, triggerValue } from '../view/trigger.ts'
import { schedule } from './schedule.ts'

const kinds = ['http', 'webhook', 'file', 'kv', 'receipt'] as const
const verbs = ['schedule', 'retry', 'drop'] as const

/** `ipvm on`, `ipvm on http|webhook|file|kv|receipt NAME FILE …`, `ipvm on NAME`, `ipvm on retry|drop NAME ID` */
export const on: Command = {
  usage: '[NAME] | http|webhook|file|kv|receipt NAME FILE [ARGS…] | schedule FILE --cron … | retry|drop NAME ID|all',
  words: Number.POSITIVE_INFINITY,
  summary:
    'Has a workflow run when something happens: a request, a webhook, a file, a change of a value, a receipt. Its tasks read what that was by /event/get. Whoever runs the node’s workflows takes it: ipvm up. Without words, lists what there is.',
  examples: [
    'on http hello hello.ts',
    'on webhook orders order.ts --scheme stripe --secret stripe-key',
    'on file photos thumbnail.ts --path ./inbox --match "*.png"',
    'on kv prices reprice.ts --prefix prices/',
    'on receipt failures tell-me.ts --cmd /http/post --outcome error',
    'on schedule newsletter.json --cron "0 7 * * *"',
    'on orders --dead',
    'on retry orders all',
  ],
  options: {
    output: { summary: 'http: the label of the task that answers, where several could', value: 'LABEL' },
    methods: { summary: 'http: GET,POST where not given', value: 'LIST' },
    headers: { summary: 'http: which headers the workflow sees', value: 'LIST' },
    wait: { summary: 'http: for how long a request waits for its answer, seconds (30)', value: 'SECONDS' },
    scheme: { summary: 'webhook: who signs, and how', value: 'standard|github|stripe' },
    secret: { summary: 'webhook: the name of the secret that signs', value: 'NAME' },
    tolerance: { summary: 'webhook: how old one may be, seconds (300)', value: 'SECONDS' },
    path: { summary: 'file: a folder with all below it, or a file', value: 'PATH' },
    match: { summary: 'file: only those whose path below the folder is like this', value: 'GLOB' },
    prefix: { summary: 'kv: how the keys begin', value: 'TEXT' },
    cmd: { summary: 'receipt: of tasks of this command', value: 'COMMAND' },
    ran: { summary: 'receipt: of this task', value: 'CID' },
    outcome: { summary: 'receipt: of tasks that ended so', value: 'ok|error' },
    where: { summary: 'receipt: a policy over the value, such as \'[[">", ".total", 100]]\'', value: 'JSON' },
    only: {
      summary:
        'what its runs may do at most, such as \'{"/kv/put": [["like", ".key", "orders/*"]]}\'; all, where not given',
      value: 'JSON',
    },
    waiting: { summary: 'how many events may wait (1000)', value: 'COUNT' },
    parallel: { summary: 'how many runs go on at once (32)', value: 'COUNT' },
    rate: { summary: 'how many runs begin in a minute at most', value: 'COUNT' },
    dead: { summary: 'with a name: the events that came to no good end' },
    ...schedule.options,
  },
  run: async call => {
    const [word, ...rest] = call.positionals
    if (word === undefined) return list(call)
    if (word === 'schedule') return schedule.run({ ...call, positionals: rest })
    if (word === 'retry' || word === 'drop') return handle(word, rest, call)
    const kind = kinds.find(one => one === word)
    return kind ? add(kind, rest, call) : showOne(word, rest, call)
  },
}

/** `ipvm off NAME` */
export const off: Command = {
  usage: 'NAME',
  words: 1,
  summary: 'Lets go of what starts runs of a workflow, with the events that wait for it. Runs that it began go on.',
  examples: ['off hello'],
  options: {},
  run: async call => {
    const [name] = call.positionals
    if (name === undefined) throw new Stop({ name: 'Usage', message: 'off needs a name; ipvm on lists them' })
    const node = await openNode(call)
    try {
      orStop(await node.events.remove(name))
      print(call.json ? JSON.stringify({ off: name }) : `Let go of ${name}`)
    } finally {
      await node.close()
    }
    return exit.ok
  },
}

async function list(call: Call): Promise<ExitCode> {
  const node = await openNode(call)
  try {
    const all = await node.events.list()
    if (all.length === 0 && !call.json) print('Nothing starts workflows here yet; see: ipvm on --help')
    for (const status of all) await printTrigger(node, status, call)
    const schedules = await node.store.schedules()
    if (schedules.length > 0 && !call.json)
      say(`ipvm: ${schedules.length} schedules: ${commandLine(['schedules'], call)}`)
  } finally {
    await node.close()
  }
  return exit.ok
}

async function showOne(name: string, more: readonly string[], call: Call): Promise<ExitCode> {
  if (more[0] !== undefined) {
    const known = [...kinds, ...verbs].join(', ')
    throw new Stop({ name: 'Usage', message: `"${name}" is nothing that happens; known: ${known}` })
  }
  const node = await openNode(call)
  try {
    const found = (await node.events.list()).find(status => status.name === name)
    if (!found) throw new Stop({ name: 'UnknownTrigger', message: `there is no trigger "${name}"; ipvm on lists them` })
    if (!call.has('dead')) await printTrigger(node, found, call)
    const dead = orStop(await node.events.dead(name))
    for (const event of dead) {
      if (call.json) print(JSON.stringify(deadValue(event)))
      else if (call.has('dead')) for (const line of deadLines(event)) print(line)
    }
    if (call.json) return exit.ok
    if (call.has('dead') && dead.length === 0) print('All of its events came to a good end')
    if (dead.length > 0) {
      const again = commandLine(['on', 'retry', name, 'all'], call)
      say(
        `${dead.length} came to no good end; bring them again: ${again}, or ${commandLine(['on', 'drop', name, 'all'], call)}`,
      )
    }
  } finally {
    await node.close()
  }
  return exit.ok
}

async function printTrigger(node: IpvmNode, status: TriggerStatus, call: Call): Promise<void> {
  const bytes = await node.block(status.workflow)
  const workflow = 'ok' in bytes ? decodeWorkflow(bytes.ok) : bytes
  const title = 'ok' in workflow ? workflow.ok.name : undefined
  if (call.json) print(JSON.stringify(triggerValue(status, title)))
  else for (const line of triggerLines(status, title)) print(line)
}

async function handle(verb: 'retry' | 'drop', words: readonly string[], call: Call): Promise<ExitCode> {
  const [name, id, extra] = words
  if (name === undefined || id === undefined || extra !== undefined) {
    throw new Stop({
      name: 'Usage',
      message: `on ${verb} needs a trigger and an event, or all: ipvm on ${verb} NAME ID`,
    })
  }
  const node = await openNode(call)
  try {
    const { events } = node
    const ids = id === 'all' ? orStop(await events.dead(name)).map(event => event.id) : [id]
    for (const one of ids) {
      orStop(verb === 'retry' ? await events.retry(name, one) : await events.drop(name, one))
      print(call.json ? JSON.stringify({ [verb]: one }) : `${verb === 'retry' ? 'Brought again' : 'Let go of'}: ${one}`)
    }
    if (ids.length === 0 && !call.json) print('All of its events came to a good end')
    if (verb === 'retry' && ids.length > 0 && executorOf(call) === undefined) sayNobody(call)
  } finally {
    await node.close()
  }
  return exit.ok
}

async function add(kind: (typeof kinds)[number], words: readonly string[], call: Call): Promise<ExitCode> {
  const [name, path, ...args] = words
  if (name === undefined || path === undefined) {
    throw new Stop({ name: 'Usage', message: `on ${kind} needs a name and a workflow: ipvm on ${kind} NAME FILE` })
  }
  if ([...kinds, ...verbs].some(word => word === name)) {
    throw new Stop({ name: 'Usage', message: `"${name}" is a word of ipvm on; choose another name` })
  }
  const only = grantsIn(call)
  const draft = await loadDraft(path, args)
  const { node } = await openOrMakeNode(call)
  try {
    const { document, workflow, blocks, aliases } = orStop(await node.compile(draft))
    // What would be refused each time is refused now.
    const plan = orStop(await node.runtime.plan(workflow))
    const source = sourceOf(kind, call, workflow, resolve)
    const settings = { name, workflow: document.cid, source, ...countsIn(call), ...(only && { only }) }
    const trigger = orStop(checkTrigger({ ...settings, nonce: crypto.getRandomValues(new Uint8Array(nonceBytes)) }))
    await node.store.commit({ blocks: [...blocks, document], aliases })
    const cid = orStop(await node.events.add(trigger))
    tell(kind, name, cid, call)
    if (plan.mutations.length === 0 && kind !== 'http')
      say('ipvm: it has no mutations; what it gives stays in its receipts')
  } finally {
    await node.close()
  }
  return exit.ok
}

const nonceBytes = 12

function tell(kind: string, name: string, cid: CID, call: Call): void {
  if (call.json) print(JSON.stringify({ on: name, trigger: cid.toString() }))
  else {
    const where = { http: `/fn/${name}`, webhook: `/hooks/${name}` }[kind]
    print(`${name}  ${where === undefined ? kind : `${kind} ${where}`}  ${cid}`)
  }
  if (executorOf(call) === undefined) sayNobody(call)
  say(`Take it back: ${commandLine(['off', name], call)}`)
}

function sayNobody(call: Call): void {
  say(`ipvm: nobody runs this node's workflows now; keep it up with: ${commandLine(['up'], call)}`)
}

function countsIn(call: Call) {
  const counts: Record<string, number> = {}
  for (const [option, field] of [
    ['waiting', 'waiting'],
    ['parallel', 'parallel'],
    ['rate', 'perMinute'],
  ] as const) {
    const text = call.value(option)
    if (text === undefined) continue
    if (!/^\d{1,9}$/.test(text)) throw new Stop({ name: 'Usage', message: `--${option} ${text} is no number` })
    counts[field] = Number(text)
  }
  return counts
}

/** Grants as people write them: what each command may be done with; what reads the event, and pure functions, may always. */
function grantsIn(call: Call): readonly Value[] | undefined {
  const text = call.value('only')
  if (text === undefined) return undefined
  const value = orStop(decodeJson(text))
  if (!isMap(value)) throw new Stop({ name: 'Usage', message: '--only takes {"/a/command": [a policy]}' })
  const own = ['/event/get', '/wasm/run'].map(cmd => ({ cmd, pol: [] }))
  return [...own, ...Object.entries(value).map(([cmd, pol]) => ({ cmd, pol }))]
}
