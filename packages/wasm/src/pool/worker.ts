/** The thread that guests run in: it prepares modules and runs functions, one request at a time. */
import { listen } from '#parent'
import type { Program } from '../component/program.ts'
import { invoke } from '../sandbox/invoke.ts'
import { keepStacks } from '../sandbox/stack.ts'
import type { WorkerReply, WorkerRequest } from './message.ts'
import { buffersOf } from './transfer.ts'

const programs = new Map<string, Program>()

keepStacks()

const send = listen(async request => {
  try {
    const reply = await answer(request)
    if (reply) post(reply)
  } catch (thrown) {
    post({ kind: 'broke', message: thrown instanceof Error ? thrown.message : String(thrown) })
  }
})

post({ kind: 'ready' })

function answer(request: WorkerRequest): WorkerReply | undefined | Promise<WorkerReply> {
  switch (request.kind) {
    case 'run':
      return run(request)
    case 'forget':
      programs.delete(request.key)
      return undefined
    default:
      return prepared(request)
  }
}

async function run({ key, program: brought, invocation }: WorkerRequest & { kind: 'run' }): Promise<WorkerReply> {
  if (brought) programs.set(key, brought)
  const program = programs.get(key)
  if (!program) throw new Error(`the worker has no module ${key}`)
  // Host functions are loaded where they are needed: most modules import none.
  const host = program.linkage.imports.length > 0 ? await import('../host/interfaces.ts') : undefined
  const began = performance.now()
  const invoked = invoke(program, invocation, host?.hostFunction)
  return { kind: 'ran', invoked, milliseconds: performance.now() - began }
}

/** Most threads never prepare a module: they get one that another has prepared, and start faster without the code. */
async function prepared(request: WorkerRequest & { kind: 'prepare' | 'thaw' }): Promise<WorkerReply> {
  const reply =
    request.kind === 'prepare'
      ? (await import('./prepare.ts')).prepare(request.bytes, request.freeze)
      : (await import('./thaw.ts')).prepareFrozen(request.bytes)
  if ('ok' in reply.prepared) programs.set(request.key, reply.prepared.ok)
  return { kind: 'prepared', ...reply }
}

function post(reply: WorkerReply): void {
  send(reply, buffersIn(reply))
}

function buffersIn(reply: WorkerReply): readonly ArrayBuffer[] {
  if (reply.kind === 'prepared') return reply.frozen ? [reply.frozen.buffer] : []
  const value = reply.kind === 'ran' && 'ok' in reply.invoked.result ? reply.invoked.result.ok : undefined
  return value === undefined ? [] : buffersOf(value)
}
