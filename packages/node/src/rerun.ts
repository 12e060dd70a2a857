import {
  decode,
  encode,
  error,
  isMap,
  nameOf,
  ok,
  readBlock,
  readFile,
  type CID,
  type Failure,
  type Result,
} from '@ipvm/ipld'
import { kept, type PureCommand } from '@ipvm/runtime'
import { saidBy, type Report, type Store } from '@ipvm/store'
import {
  promisesIn,
  readReceipt,
  readTask,
  resolvedName,
  taskName,
  type Outcome,
  type Receipt,
  type Task,
} from '@ipvm/ucan'
import { defaultConfig } from '@ipvm/workflow'
import { wasmCommand } from './wasm-run.ts'

/** A task that was run once more. */
export interface Rerun {
  /** The resolved task. */
  readonly task: CID
  readonly out: Outcome
  /** Whether the outcome is a property of the task; else it is a fact about this run. */
  readonly permanent: boolean
  readonly report?: Report
  /** The receipt that was asked about, where one was. */
  readonly receipt?: Receipt
  /** Whether the outcome is the receipt's, byte for byte; absent where there is none to compare, or no outcome to keep. */
  readonly same?: boolean
  /** Where results of the task contradict each other: who said what, and whether that was right. */
  readonly claims?: readonly Claim[]
}

/** A receipt of a task whose results contradict each other, held against a run here. */
export interface Claim {
  readonly receipt: Receipt
  readonly isRight: boolean
}

/** What a name is of is no task that can be run alone. */
export interface NotRerunnable extends Failure {
  readonly name: 'NotRerunnable'
}

interface RerunParts {
  readonly store: Store
  readonly command: PureCommand
  readonly signal: AbortSignal
}

/**
 * Runs a task, or the task of a receipt, within the limits of its last run, and compares. Where results of it contradict
 * each other, those that are wrong settle nothing from then on; nothing else is stored.
 */
export async function rerun(name: CID, { store, command, signal }: RerunParts): Promise<Result<Rerun, Failure>> {
  if (await store.isSecret(name)) {
    return error(
      notRerunnable(`${name} comes of a secret, which goes into nothing but its own workflow; run that again`),
    )
  }
  const found = await findTask(name, store)
  if ('error' in found) return found
  const { task, receipt } = found.ok
  const config = { ...defaultConfig, ...(receipt && (await store.report(receipt.cid)))?.limits }
  const loadFile = (cid: CID) => readFile(cid, c => store.block(c))
  const resolved = taskName(task)
  const execution = await command.run(task.args, { config, task: resolved, signal, loadFile })
  const { out, permanent, report } = kept(execution, config)
  const claims = permanent ? await claimsOn(resolved, command.profile, out, store) : []
  const isComparable = receipt !== undefined && receipt.exp === null && permanent
  return ok({
    ...{ task: resolved, out, permanent },
    ...(report && { report }),
    ...(receipt && { receipt }),
    ...(isComparable && { same: isSame(out, receipt.out) }),
    ...(claims.length > 0 && { claims }),
  })
}

/** Settles what contradicts each other by what came of it here; one's own receipt is no exception. */
async function claimsOn(task: CID, profile: string, out: Outcome, store: Store): Promise<readonly Claim[]> {
  const claims: Claim[] = []
  for (const cid of (await store.equivocation(task, profile))?.receipts ?? []) {
    const bytes = await store.block(cid)
    const receipt = bytes && (await readReceipt(bytes))
    if (receipt && 'ok' in receipt) claims.push({ receipt: receipt.ok, isRight: agree(out, receipt.ok.out) })
  }
  const wrong = claims.filter(({ isRight }) => !isRight).map(({ receipt }) => receipt.cid)
  if (wrong.length > 0) await store.commit({ refuted: wrong })
  return claims
}

async function findTask(name: CID, store: Store): Promise<Result<{ task: Task; receipt?: Receipt }, Failure>> {
  const block = await readBlock(name, cid => store.block(cid))
  if ('error' in block) return block
  const value = decode(block.ok)
  if ('error' in value) return error(notRerunnable(`${name} is no task and no receipt`))
  if (Array.isArray(value.ok)) {
    const receipt = await readReceipt(block.ok)
    if ('error' in receipt) return error(notRerunnable(`${name} is no receipt: ${receipt.error.message}`))
    const found = await findTask(resolvedName(receipt.ok), store)
    return 'error' in found ? found : ok({ ...found.ok, receipt: receipt.ok })
  }
  const task = isMap(value.ok) ? readTask(value.ok) : undefined
  if (!task || 'error' in task) return error(notRerunnable(`${name} is no task and no receipt`))
  if (task.ok.cmd !== wasmCommand || task.ok.sub !== undefined) {
    return error(notRerunnable(`${name} is a task of ${task.ok.cmd}; only ${wasmCommand} does the same every time`))
  }
  if (promisesIn(task.ok.args).length > 0) {
    return error(notRerunnable(`${name} awaits the results of other tasks; name the receipt of its run instead`))
  }
  return ok({ task: task.ok })
}

function agree(a: Outcome, b: Outcome): boolean {
  return nameOf(saidBy({ ...a })).equals(nameOf(saidBy({ ...b })))
}

function isSame(a: Outcome, b: Outcome): boolean {
  const [one, other] = [encode({ ...a }), encode({ ...b })]
  return one.length === other.length && one.every((byte, i) => byte === other[i])
}

function notRerunnable(message: string): NotRerunnable {
  return { name: 'NotRerunnable', message }
}
