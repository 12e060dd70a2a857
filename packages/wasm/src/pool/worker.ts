/** The thread that guests run in: it prepares modules and runs functions, one request at a time. */
import { parentPort } from 'node:worker_threads'
import type { Program } from '../component/program.ts'
import { invoke } from '../sandbox/invoke.ts'
import type { WorkerReply, WorkerRequest } from './message.ts'
import { buffersOf } from './transfer.ts'

const programs = new Map<string, Program>()

parentPort?.on('message', async (request: WorkerRequest) => {
  try {
    const reply = request.kind === 'prepare' ? await prepare(request) : await answer(request)
    if (reply) post(reply)
  } catch (thrown) {
    post({ kind: 'broke', message: thrown instanceof Error ? thrown.message : String(thrown) })
  }
})

post({ kind: 'ready' })

/** Most threads never prepare a module: they get one that another has prepared, and start faster without the code. */
async function prepare({ key, bytes }: WorkerRequest & { kind: 'prepare' }): Promise<WorkerReply> {
  const sandbox = await import('../sandbox/prepare.ts')
  const prepared = sandbox.prepare(bytes)
  if ('ok' in prepared) programs.set(key, prepared.ok)
  return { kind: 'prepared', prepared }
}

async function answer(request: WorkerRequest & { kind: 'run' | 'forget' }): Promise<WorkerReply | undefined> {
  switch (request.kind) {
    case 'run': {
      if (request.program) programs.set(request.key, request.program)
      const program = programs.get(request.key)
      if (!program) throw new Error(`the worker has no module ${request.key}`)
      // Host functions are loaded where they are needed, too: most modules import none.
      const host = program.linkage.imports.length > 0 ? await import('../host/interfaces.ts') : undefined
      const began = performance.now()
      const invoked = invoke(program, request.invocation, host?.hostFunction)
      return { kind: 'ran', invoked, milliseconds: performance.now() - began }
    }
    case 'forget':
      programs.delete(request.key)
      return undefined
  }
}

function post(reply: WorkerReply): void {
  const value = reply.kind === 'ran' && 'ok' in reply.invoked.result ? reply.invoked.result.ok : undefined
  parentPort?.postMessage(reply, value === undefined ? [] : buffersOf(value))
}
