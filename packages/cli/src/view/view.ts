import { type CID, encodeJson, isMap, type Value, type ValueMap } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import { promisesIn, readReceipt, type Receipt } from '@ipvm/ucan'
import { tasksInOrder, type Workflow } from '@ipvm/workflow'
import { table, type Call } from '../command.ts'
import { size } from '../display/display.ts'
import { usageRows } from '../display/usage.ts'
import { printable } from '../output.ts'
import { resultText } from '../display/result.ts'
import { agentNames } from '../load/agent-names.ts'
import type { Thing } from './identify.ts'
import { contradictionText } from './equivocation.ts'
import { runPage } from './run.ts'
import { short, shortDid } from './short.ts'
import { stateText } from './status.ts'
import { stackText } from './failure.ts'

type Rows = readonly (readonly [string, string])[]

/** What a CID names, for a person to read. */
export async function view(node: IpvmNode, cid: CID, thing: Thing, call: Call): Promise<string> {
  switch (thing.kind) {
    case 'file':
      return page(`File ${cid}`, [
        ['size', size(thing.bytes.length)],
        ['content', `ipvm get ${cid} --output FILE`],
      ])
    case 'value':
      return page(`Value ${cid}`, [['value', encodeJson(thing.value, 2)]])
    case 'token': {
      const { kind, rows, isGood, problem } = thing.token
      return page(`${kind} ${cid}`, [...rows, ['signature', isGood ? 'valid' : `✗ ${problem}`]])
    }
    case 'receipt':
      return page(`Receipt ${cid}`, await receiptRows(node, thing.receipt))
    case 'task':
      return page(`Task ${cid}`, await taskRows(node, cid, thing.task))
    case 'workflow':
      return page(`Workflow ${cid}`, await workflowRows(node, cid, thing.workflow))
    case 'run':
      return runPage(node, thing.run, call)
  }
}

function page(title: string, rows: Rows): string {
  return `${title}\n${table(rows)}`
}

async function receiptRows(node: IpvmNode, receipt: Receipt): Promise<Rows> {
  const { ran, as, from = [], out, iss, exp, profile } = receipt
  const task = await node.block(as ?? ran)
  const contradiction = await contradictionText(node, receipt)
  return [
    ['task', `${ran}${as ? ' (as it was asked for)' : ''}`],
    ...(as ? [['resolved', `${as} (with values in place of promises)`] as const] : []),
    ...('ok' in task ? [['call', await callText(node, as ?? ran)] as const] : []),
    [
      'result',
      'ok' in out
        ? `ok: ${await resultText(node, out.ok)}`
        : `error: ${out.error.name}: ${printable(out.error.message)}`,
    ],
    ...(contradiction === undefined ? [] : [['but', contradiction] as const]),
    ...fxRows(receipt),
    ...(await reportRows(node, receipt)),
    ...('error' in out ? [['see it again', `ipvm rerun ${receipt.cid}`] as const] : []),
    ['made from', from.length === 0 ? 'its arguments alone' : from.join(', ')],
    ['executor', await agentText(node, iss)],
    ['signature', 'valid: Ed25519, over the original bytes'],
    ['profile', profile ?? 'none'],
    [
      'counts',
      exp === null
        ? 'for good: a property of the task'
        : `until ${new Date(exp * 1000).toISOString()}: a fact about one run`,
    ],
  ]
}

/** How many of the tasks are shown that a function asked for. */
const askedShownMax = 20

/** The tasks that a function asked for beside its result. */
function fxRows({ fx }: Receipt): Rows {
  if (!fx) return []
  const rows = fx.fork.slice(0, askedShownMax).map(({ cmd, args }) => ['asks for', `${cmd} ${short(args)}`] as const)
  const more = fx.fork.length - rows.length
  return [
    ...rows,
    ...(more > 0 ? [['', `… and ${more} more`] as const] : []),
    ...(fx.join ? [['goes on with', `${fx.join.cmd} ${short(fx.join.args)}`] as const] : []),
  ]
}

/** What the run behind a receipt used, and where its log is. */
async function reportRows(node: IpvmNode, { cid, gas }: Receipt): Promise<Rows> {
  const report = await node.store.report(cid)
  if (!report) return gas === undefined ? [] : [['gas', gas.toLocaleString('en')]]
  const lines = report.log === '' ? 0 : report.log.replace(/\n$/, '').split('\n').length
  const log = lines === 0 ? 'empty' : `${lines} ${lines === 1 ? 'line' : 'lines'}: ipvm show ${cid} --log`
  const stack = report.stack ? [['stack', stackText(report.stack)] as const] : []
  return [...usageRows(report), ...stack, ['log', log]]
}

/** An agent in full, and what it is called here. */
async function agentText(node: IpvmNode, did: string): Promise<string> {
  if (did === node.did) return `${did} (this node)`
  const name = (await agentNames(node))(did)
  return name === shortDid(did) ? did : `${did} (${name})`
}

async function taskRows(node: IpvmNode, cid: CID, { cmd, args, sub }: ValueMap): Promise<Rows> {
  const receipts: Receipt[] = []
  for (const name of await node.store.receiptsOf(cid)) {
    const block = await node.block(name)
    const receipt = 'ok' in block ? await readReceipt(block.ok) : block
    if ('ok' in receipt) receipts.push(receipt.ok)
  }
  const shown = receipts.map(({ cid: name, out }) => `${name} ${'ok' in out ? 'ok' : `error: ${out.error.name}`}`)
  const contradictions = await Promise.all(receipts.map(receipt => contradictionText(node, receipt)))
  const contradiction = contradictions.find(text => text !== undefined)
  return [
    ['command', String(cmd)],
    ...(typeof sub === 'string' ? [['agent', await agentText(node, sub)] as const] : []),
    ...Object.entries(isMap(args) ? args : {}).map(([name, value]) => [name, short(value)] as const),
    ['receipts', shown.length === 0 ? 'none yet' : shown.join(', ')],
    ...(contradiction === undefined ? [] : [['but', contradiction] as const]),
  ]
}

async function workflowRows(node: IpvmNode, cid: CID, workflow: Workflow): Promise<Rows> {
  const tasks = tasksInOrder(workflow)
  const labels = new Map(tasks.map(({ label, name }) => [name.toString(), label]))
  const run = await node.store.runOf(cid)
  const agentName = await agentNames(node)
  const rows = tasks.map(({ label, task }): readonly [string, string] => {
    const awaited = promisesIn(task.args).map(({ target }) => labels.get(target.toString()) ?? target.toString())
    const settled = run?.settled.find(record => record.label === label)
    const call = `${task.cmd} ${typeof task.args.fun === 'string' ? task.args.fun : ''}`.trim()
    const by = task.sub === undefined ? '' : ` by ${agentName(task.sub)}`
    const after = awaited.length === 0 ? '' : ` after ${[...new Set(awaited)].map(printable).join(', ')}`
    return [printable(label), `${call}${by}${after}${settled ? `: ${settled.how}, receipt ${settled.receipt}` : ''}`]
  })
  const last = run ? `${stateText(run)}, ${run.run}` : 'never'
  return [['name', printable(workflow.name ?? 'unnamed')], ['last run', last], ...rows]
}

/** A call of a task on one line, where its block is stored. */
async function callText(node: IpvmNode, task: CID): Promise<string> {
  const { identify } = await import('./identify.ts')
  const thing = await identify(node, task)
  if ('error' in thing || thing.ok.kind !== 'task') return 'not stored here'
  const { cmd, args } = thing.ok.task
  if (!isMap(args) || typeof args.fun !== 'string' || !Array.isArray(args.params))
    return `${cmd} ${short(args ?? null)}`
  const params: readonly Value[] = args.params
  return `${cmd} ${args.fun}(${params.map(short).join(', ')})`
}
