import { cidKey, error, ok, type CID, type Failure, type GetBlock, type Result, type ValueMap } from '@ipvm/ipld'
import type { Receipt, UnixSeconds } from '@ipvm/ucan'
import { sameDid, type Did } from '@ipvm/varsig'
import { noProfile, profileOf } from '../outcome/issue.ts'
import { resolve, type Unresolved } from '../promise/resolve.ts'
import { unreadableValue } from '../authority/inputs.ts'
import type { Engine } from '../engine/engine.ts'
import { awaitedThere, readThere, subjectOf } from '../remote/awaited.ts'
import type { InPlace } from '../remote/signed.ts'
import { onAbort } from '../world/on-abort.ts'
import type { Known, RunTask } from './task.ts'
import type { ResolveContext } from './work-context.ts'

/** A task's arguments with values in place of promises. */
export interface ResolvedTask {
  readonly args: ValueMap
  /** The same with secrets opened, where there are any: for memory alone. */
  readonly opened?: ValueMap
  /** Whether a value of a secret went in. */
  readonly holdsSecret: boolean
  readonly from: readonly CID[]
  /** Whether all that went in is a property of its task. */
  readonly lasting: boolean
  /** Tasks of others whose promises stay in place, since they are not settled. */
  readonly inPlace: readonly InPlace[]
}

/** A promise names a task that nobody here has had done in time. */
export interface UnknownTask extends Failure {
  readonly name: 'UnknownTask'
}

/** Why a task could not start, and whether that is so for good. */
export type NotStarted = { readonly failure: Unresolved; readonly lasting: boolean }

/** Puts values in place of a task's promises; those of other workflows are waited for. Rejects when `signal` aborts. */
export async function resolveTask(
  task: RunTask,
  context: ResolveContext,
): Promise<Result<ResolvedTask, NotStarted & Failure>> {
  const { awaits, place } = task
  const known = new Map<string, Known & { readonly secret: boolean }>()
  let leak: Failure | undefined
  const inPlace: InPlace[] = []
  const names = new Map<string, CID>()
  for (const other of awaits) {
    const stays = placeOf(other, task, context)
    if (stays) inPlace.push(stays)
    // One that failed is put in: then it shows whether this one is to be done.
    if (stays && !(other.settled && 'error' in other.settled.receipt.out)) {
      names.set(cidKey(other.place.name), stays.name)
      continue
    }
    if (!other.settled) throw new Error(`${other.label} is settled before ${task.label}, which awaits it`)
    known.set(cidKey(other.place.name), { ...other.settled, secret: other.place.secret })
  }
  for (const target of place.foreign) {
    const found = await foreign(target, task, context)
    if (!found) return error(notStarted(unknownTask(target), false))
    const secret = await context.engine.store.isSecret(found.receipt.cid)
    if (secret) leak ??= secretLeak(found, task, context.engine)
    known.set(cidKey(target), { ...found, secret })
  }
  const lasting = [...known.values()].every(({ receipt, lasting }) => lasting && receipt.exp === null)
  const { store, seal } = context.engine
  const getBlock: GetBlock = cid => store.block(cid)
  const resolved = await resolve(place.task.args, known, { getBlock, seal, inPlace: names })
  if ('error' in resolved) return error(notStarted(resolved.error, lasting))
  const holdsSecret = [...known.values()].some(({ secret }) => secret)
  return leak ? error(notStarted(leak, false)) : ok({ ...resolved.ok, holdsSecret, lasting, inPlace })
}

function notStarted(failure: Unresolved, lasting: boolean): NotStarted & Failure {
  return { ...failure, failure, lasting }
}

/** What is known of another workflow's task; nothing where it is not known in time, or is not the submitter's to know. */
async function foreign(target: CID, task: RunTask, context: ResolveContext): Promise<Known | undefined> {
  const { engine, journal, signal } = context
  // It may have been stopped while the one before was looked for; that is not said again.
  signal.throwIfAborted()
  const there = await awaitedThere(target, context)
  signal.throwIfAborted()
  // Listened for before it is looked for: it might come between the two.
  let signalled = Promise.withResolvers<'came'>()
  /** That it failed, by the word of whose it is: maybe just for now, and then it is no result that is kept (ADR 127). */
  let failed: Receipt | undefined
  const stopListening = engine.arrivals.on(target, receipt => {
    if (receipt && there && isFailureOf(there.agent, receipt, engine.world.now())) failed = receipt
    signalled.resolve('came')
  })
  const wait = there?.wait ?? task.place.config.wait
  const until = engine.world.date() + wait
  const late = Promise.withResolvers<'late'>()
  const cancel = engine.world.after(wait, () => late.resolve('late'))
  const over = new AbortController()
  const stay = onAbort(signal, () => {
    over.abort(signal.reason)
    late.reject(signal.reason)
  })
  late.promise.catch(() => {})
  let isAsked = false
  let isTold = false
  try {
    for (;;) {
      const known = await findForeign(target, context, there?.agent)
      if (known) return known
      if (failed) return { receipt: failed, lasting: false }
      if (there && !isAsked) {
        isAsked = true
        // What was read is looked for once more: it need not be what may go in.
        readThere(there, engine, over.signal).then(
          () => late.resolve('late'),
          fault => late.reject(fault),
        )
      }
      if (!isTold) {
        isTold = true
        for (const label of task.labels) {
          journal.write({ type: 'waiting', label, target, until }).catch(() => {})
        }
      }
      // Under another spelling of its name it may have come without a word.
      if ((await Promise.race([signalled.promise, late.promise])) === 'late')
        return findForeign(target, context, there?.agent)
      signalled = Promise.withResolvers<'came'>()
    }
  } finally {
    stopListening()
    cancel()
    stay()
    over.abort(notAwaited)
  }
}

/** Whether an agent says that a task of it failed, and that counts still. */
function isFailureOf(agent: Did, { iss, out, exp }: Receipt, now: UnixSeconds): boolean {
  return sameDid(iss, agent) && 'error' in out && (exp === null || exp >= now)
}

/** Why a secret of another workflow does not go into a task: the layout knows of none, and so none of what awaits this one. */
function secretLeak({ receipt }: Known, { place }: RunTask, { effects }: Engine): Failure | undefined {
  const { cmd } = place.task
  const problem =
    (place.class !== 'pure' || place.agent) && (place.agent || !effects.get(cmd)?.secret)
      ? `${cmd} takes no secrets; do not pass it on`
      : place.secret || place.givesNone
        ? undefined
        : 'the task is not secret itself; set "secret": true in its config'
  const message = `it awaits ${receipt.ran}, a secret of another workflow, and ${problem}`
  return problem === undefined ? undefined : { name: 'SecretLeak', message }
}

const notAwaited = new DOMException('nobody awaits it any more', 'AbortError')

/**
 * What a promise stands for that stays in place: of a task that another agent is at, and that is not settled; or of any where
 * the submitter signed what is asked for, into which nothing can be put here.
 */
function placeOf({ place, sent, settled, name, task }: RunTask, by: RunTask, { authority }: ResolveContext) {
  const { agent } = place
  if (!agent || !by.place.agent) return undefined
  if (!authority.isExecutor) return { ...(sent ?? { name, task }), agent }
  return sent && !settled ? { ...sent, agent } : undefined
}

/** @param agent who alone can say how it ended, where the submitter may have it read there */
async function findForeign(target: CID, context: ResolveContext, agent?: Did): Promise<Known | undefined> {
  const known = await lookForForeign(target, context, agent)
  return known && !(await unreadableValue(known.receipt, context)) ? known : undefined
}

async function lookForForeign(
  target: CID,
  { engine, authority }: ResolveContext,
  agent?: Did,
): Promise<Known | undefined> {
  if (agent) {
    const receipt = await engine.memo.find(target, noProfile, agent)
    return receipt && { receipt, lasting: false }
  }
  // What others had done is no business of those who may not read it, not even whether it is there.
  if (!(await authority.mayRead(target))) return undefined
  const own = new Set([...Object.values(engine.commands).map(({ profile }) => profile), noProfile])
  const profiles = [...own].flatMap(profile => [profile, profileOf(profile, true)])
  const alias = await engine.store.aliased(target)
  for (const name of alias ? [target, alias] : [target]) {
    const whose = await subjectOf(name, engine.store)
    for (const profile of profiles) {
      const receipt = await engine.memo.find(name, profile)
      // Whose it is to do says how it ended, and no other executor, also none that is trusted.
      if (receipt && whose !== undefined && !sameDid(receipt.iss, whose)) continue
      // Of an effect there may be another answer tomorrow.
      if (receipt) return { receipt, lasting: profile !== noProfile && profile !== profileOf(noProfile, true) }
    }
  }
  return undefined
}

function unknownTask(target: CID): UnknownTask {
  const message = `it awaits ${target}, a task of no workflow that ran here; run that workflow first, or give it a longer "wait"`
  return { name: 'UnknownTask', message }
}
