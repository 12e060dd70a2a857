/** The thread that guests run in: it prepares modules and runs functions, one job after the other. */
import { clock, listen } from '#parent'
import type { Program } from '../component/program.ts'
import type { FindHostFunction } from '../host/host.ts'
import { sliceMilliseconds } from '../limits.ts'
import { invoke, type Invocation } from '../sandbox/invoke.ts'
import { keepStacks } from '../sandbox/stack.ts'
import type { WorkerJob, WorkerReply, WorkerRequest } from './message.ts'
import { buffersOf } from './transfer.ts'

const programs = new Map<string, Program>()
const waiting: Exclude<WorkerRequest, { kind: 'withdraw' }>[] = []
const withdrawn = new Set<number>()
let isAtWork = false
let findHostFunction: FindHostFunction | undefined

keepStacks()

const parent = listen(requests => {
  for (const request of requests) {
    if (request.kind === 'withdraw') withdraw(request.numbers)
    else waiting.push(request)
  }
  if (isAtWork) return
  isAtWork = true
  parent.later(work)
})

parent.send([{ kind: 'ready' }], [])

/**
 * Does what waits, for a while: then it looks for further requests, which may say that some of the rest is not wanted
 * any more. Replies go together, as to send one takes as long as to run a short function; big ones go at once.
 */
async function work(): Promise<void> {
  const until = clock() + sliceMilliseconds
  let replies: WorkerReply[] = []
  do {
    const request = waiting.shift()
    if (!request) break
    if (request.kind === 'forget') {
      programs.delete(request.key)
      continue
    }
    const reply = answer(request)
    replies.push(reply instanceof Promise ? await reply : reply)
    parent.progress?.end()
    if (parent.progress && buffersIn(replies.at(-1)).length === 0) continue
    post(replies)
    replies = []
  } while (clock() < until)
  if (replies.length > 0) post(replies)
  if (waiting.length > 0) parent.later(work)
  else isAtWork = false
}

/** Of those that are done nobody asks any more. */
function withdraw(numbers: readonly number[]): void {
  for (const number of numbers) {
    if (waiting.some(job => job.kind !== 'forget' && job.number === number)) withdrawn.add(number)
  }
}

function answer(job: WorkerJob): WorkerReply | Promise<WorkerReply> {
  parent.progress?.begin(clock())
  try {
    // What came along is kept in any case: the pool takes it for known from now on.
    if (job.kind === 'run' && job.program) programs.set(job.key, job.program)
    if (withdrawn.size > 0 && withdrawn.delete(job.number)) return { kind: 'withdrawn' }
    const reply = job.kind === 'run' ? run(job) : prepared(job)
    return reply instanceof Promise ? reply.catch(broke) : reply
  } catch (thrown) {
    return broke(thrown)
  }
}

function run({ key, invocation }: WorkerJob & { kind: 'run' }): WorkerReply | Promise<WorkerReply> {
  const program = programs.get(key)
  if (!program) throw new Error(`the worker has no module ${key}`)
  if (program.linkage.imports.length === 0 || findHostFunction) return ran(program, invocation, findHostFunction)
  // Host functions are loaded where they are needed: most modules import none.
  return import('../host/interfaces.ts').then(({ hostFunction }) => {
    findHostFunction = hostFunction
    return ran(program, invocation, hostFunction)
  })
}

function ran(program: Program, invocation: Invocation, find?: FindHostFunction): WorkerReply {
  const began = performance.now()
  const invoked = invoke(program, invocation, find)
  return { kind: 'ran', invoked, milliseconds: performance.now() - began }
}

/** Most threads never prepare a module: they get one that another has prepared, and start faster without the code. */
async function prepared(job: WorkerJob & { kind: 'prepare' | 'thaw' }): Promise<WorkerReply> {
  const reply =
    job.kind === 'prepare'
      ? (await import('./prepare.ts')).prepare(job.bytes, job.freeze)
      : (await import('./thaw.ts')).prepareFrozen(job.bytes)
  if ('ok' in reply.prepared) programs.set(job.key, reply.prepared.ok)
  return { kind: 'prepared', ...reply }
}

/** What cannot be sent is a failure of its own job alone. */
function post(replies: readonly WorkerReply[]): void {
  try {
    parent.send(replies, replies.flatMap(buffersIn))
  } catch (thrown) {
    if (replies.length > 1) for (const reply of replies) post([reply])
    else parent.send([broke(thrown)], [])
  }
}

function broke(thrown: unknown): WorkerReply {
  return { kind: 'broke', message: thrown instanceof Error ? thrown.message : String(thrown) }
}

function buffersIn(reply: WorkerReply | undefined): readonly ArrayBuffer[] {
  if (reply?.kind === 'prepared') return reply.frozen ? [reply.frozen.buffer] : []
  const value = reply?.kind === 'ran' && 'ok' in reply.invoked.result ? reply.invoked.result.ok : undefined
  return value === undefined ? [] : buffersOf(value)
}
