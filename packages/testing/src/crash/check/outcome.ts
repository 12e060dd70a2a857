import { isMap, type CID, type Value, type ValueMap } from '@ipvm/ipld'
import type { TaskRecord } from '@ipvm/store'
import { isLink, mapPromises, readReceipt, resolvedName, type Outcome, type Receipt } from '@ipvm/ucan'
import type { WorkflowTask } from '@ipvm/workflow'
import { taskName } from '@ipvm/ucan'
import type { Arrival } from '../server/arrival.ts'
import { add, fail } from '../workflows/arithmetic.ts'
import type { PlannedTask } from '../workflows/plan.ts'
import type { Submission } from '../workflows/submission.ts'
import { isMutation, type Evidence } from './evidence.ts'

/** What is not as it has to be once every run has ended. */
export async function outcomeProblems(evidence: Evidence): Promise<string[]> {
  const { store, submissions } = evidence
  const problems = await Promise.all(submissions.map(submission => runProblems(evidence, submission)))
  const intents = await store.intents()
  return [
    ...problems.flat(),
    ...intents.map(({ label, task }) => `all has ended, and the intent of ${label} (${task}) is open`),
  ]
}

async function runProblems(evidence: Evidence, { planned, invocation, workflow }: Submission): Promise<string[]> {
  const run = invocation.envelope.cid
  const record = await evidence.store.run(run)
  const wanted = planned.fate === 'done' ? 'ok' : 'failed'
  if (record?.end !== wanted)
    return [`the run ${run} (${planned.fate}) has to end "${wanted}", and is "${record?.end}"`]
  const settled = new Map(record.settled.map(task => [task.label, task]))
  const receipts = await receiptsByName(evidence, workflow.tasks, settled)
  const problems = [...planned.tasks.values()].flatMap(task => {
    const done = settled.get(task.label)
    const document = workflow.tasks[task.label]
    const receipt = document && receipts.get(taskName(document).toString())
    if (!done || !document || !receipt) return [`${task.id || task.label} was not settled`]
    const came = evidence.arrivals.filter(({ id }) => id !== '' && id === task.id)
    const expected = planned.fate === 'doomed' ? unsentProblems(task, done) : endProblems(task, done)
    const told = 'ok' in receipt.out ? valueProblems(task, receipt, resolved(document.args, receipts), came) : []
    return [...expected, ...told]
  })
  return problems.map(problem => `${problem} (${run}, ${planned.fate})`)
}

async function receiptsByName(
  { store }: Evidence,
  tasks: Readonly<Record<string, WorkflowTask>>,
  settled: ReadonlyMap<string, TaskRecord>,
): Promise<ReadonlyMap<string, Receipt>> {
  const receipts = new Map<string, Receipt>()
  for (const [label, task] of Object.entries(tasks)) {
    const cid = settled.get(label)?.receipt
    const bytes = cid && (await store.block(cid))
    const receipt = bytes && (await readReceipt(bytes))
    if (receipt && 'ok' in receipt) receipts.set(taskName(task).toString(), receipt.ok)
  }
  return receipts
}

function endProblems({ label, id, ends }: PlannedTask, { how }: TaskRecord): string[] {
  if (ends === undefined) return []
  const is = how === 'ran' || how === 'reused' ? 'ok' : how
  return is === ends ? [] : [`${id || label} has to end "${ends}" and is "${how}"`]
}

/** In a workflow that fails before the release, no mutation is sent, and what awaits one is skipped. */
function unsentProblems(task: PlannedTask, record: TaskRecord): string[] {
  const { how } = record
  if (isMutation(task)) {
    const isUnsent = how === 'withdrawn' || how === 'skipped'
    return isUnsent ? [] : [`${task.id} is "${how}" in a workflow that failed before the release`]
  }
  return task.kind === 'pure' && how === 'skipped' ? [] : endProblems(task, record)
}

/** The arguments of a task with the values of the receipts in place of promises: all who await a task got what it gave. */
function resolved(args: ValueMap, receipts: ReadonlyMap<string, Receipt>): ValueMap {
  const put = mapPromises(args, isLink, ({ branch, target }) =>
    branchValue(branch, receipts.get(target.toString())?.out),
  )
  return isMap(put) ? put : {}
}

function branchValue(branch: string, out: Outcome | undefined): Value {
  if (!out) return null
  if (branch === '*') return { ...out }
  return 'ok' in out ? out.ok : out.error
}

/** What a task gave, held against what it has to give: of a pure one what we compute, of an effect what the server saw. */
function valueProblems(task: PlannedTask, receipt: Receipt, args: ValueMap, came: readonly Arrival[]): string[] {
  const { id, label, kind } = task
  if (!('ok' in receipt.out)) return []
  const value = receipt.out.ok
  if (kind === 'put') return []
  if (kind === 'pure') {
    const out = computed(args)
    const isRight = 'ok' in out && out.ok === value
    return isRight ? [] : [`${label} gave ${value}, and its arguments are ${JSON.stringify(args)}`]
  }
  const given = came.filter(arrival => arrival.value === value)
  if (given.length === 0) return [`${id} gave ${value}, which the server never answered`]
  if (kind === 'value') return []
  const done = came.filter(({ acted }) => acted).length
  return [
    ...(done === 1 ? [] : [`${id} was done ${done} times`]),
    ...(given.every(({ sent }) => sent === (args.send ?? 0))
      ? []
      : [`${id} was sent ${given[0]?.sent}, not ${args.send}`]),
    ...(given.every(({ key }) => key === keyOf(resolvedName(receipt))) ? [] : [`${id} came under ${given[0]?.key}`]),
  ]
}

function computed(args: ValueMap): Outcome {
  if (args.terms !== undefined) return add(args)
  return Array.isArray(args.params) ? { ok: Number(args.params[0]) + 1 } : fail()
}

/** The key that a mutation has to bear: the digits of the hash in its resolved name. */
function keyOf(name: CID): string {
  return Buffer.from(name.multihash.digest).toString('hex')
}
