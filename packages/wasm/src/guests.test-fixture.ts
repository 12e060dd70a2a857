import { readFileSync } from 'node:fs'
import { cidOf, codec, ok, type CID, type Failure, type Result, type Value } from '@ipvm/ipld'
import { paramsToWit, resolveExport } from '@ipvm/wit'
import type { Program } from './component/program.ts'
import { hostFunction } from './host/interfaces.ts'
import { failed, returned } from './sandbox/outcome.ts'
import { invoke } from './sandbox/invoke.ts'
import { prepare } from './sandbox/prepare.ts'
import type { ModuleSource, Quotas, RunOutcome } from './sandbox/run.ts'

/** 64 MiB: plenty for every guest here. */
export const memory = 64 * 1024 * 1024

/** Plenty for every guest here. */
export const quotas: Quotas = { gas: 1e11, memory, output: 2 ** 28 }

/** A seed for guests that do not draw random numbers. */
export const seed = new Uint8Array(32)

/** The bytes of a guest of this package (`echo`), or of the repository (`guests/image/image`). */
export function bytesOf(name: string): Uint8Array {
  const folder = name.startsWith('guests/') ? '../../..' : '../fixtures'
  return new Uint8Array(readFileSync(new URL(`${folder}/${name}.wasm`, import.meta.url)))
}

export function sourceOf(name: string): ModuleSource {
  const bytes = bytesOf(name)
  return { cid: cidOf(codec.raw, bytes), bytes: async () => ok(bytes) }
}

export function programOf(name: string): Program {
  const prepared = prepare(bytesOf(name))
  if ('error' in prepared) throw new Error(prepared.error.message)
  return prepared.ok
}

/** Calls a function in this thread. */
export function call(program: Program, fun: string, params: readonly Value[], limit = memory): RunOutcome {
  const found = resolveExport(program.functions, fun)
  if (!found) throw new Error(`no function ${fun}`)
  const args = paramsToWit(found.name, found.type, params, () => undefined)
  if ('error' in args) return failed(args.error)
  const { result } = invoke(
    program,
    { fun: found.name, args: args.ok, quotas: { ...quotas, memory: limit }, seed },
    hostFunction,
  )
  return 'error' in result ? failed(result.error) : returned(found.type, result.ok)
}

/** The message of a failure, behind its name. */
export function failureOf(outcome: RunOutcome): string {
  return 'error' in outcome ? `${outcome.error.name}: ${outcome.error.message}` : `ok: ${String(outcome.ok)}`
}

export async function noFiles(cid: CID): Promise<Result<Uint8Array, Failure>> {
  return { error: { name: 'MissingBlock', message: `block ${cid} is not in the store` } }
}
