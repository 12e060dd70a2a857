import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { paramsToWit, resolveExport } from '@ipvm/wit'
import type { Value } from '@ipvm/ipld'
import { failed, hostFunction, invoke, prepare, returned, type Program, type RunOutcome } from '@ipvm/wasm'
import { findPackage } from '../engine/find.ts'
import { build, engines, type Build, type BuildOptions, type EngineName } from './build.ts'

/** A folder for the sources of one test file; removed at the end of the process. */
export const folder = mkdtempSync(join(tmpdir(), 'ipvm-author-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

const tools = { qjs: 'componentize-qjs', spidermonkey: '@bytecodealliance/componentize-js' } satisfies Record<
  EngineName,
  string
>

/** The engines whose tools are installed here. */
export const installed = (['qjs', 'spidermonkey'] as const).filter(
  name => name in engines && findPackage(tools[name], import.meta.dirname) !== undefined,
)

/** Writes sources; the path of the first. */
export function sources(files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return join(folder, Object.keys(files)[0] ?? '')
}

/** Builds what has to build. */
export async function built(files: Readonly<Record<string, string>>, options?: BuildOptions): Promise<Build> {
  const made = await build(sources(files), options)
  if ('error' in made) throw new Error(made.error.message)
  return made.ok
}

/** What is said of sources that do not build: the name of the failure, then its lines, from the folder on. */
export async function refused(files: Readonly<Record<string, string>>, options?: BuildOptions): Promise<string> {
  const made = await build(sources(files), options)
  if ('ok' in made) throw new Error('it was built')
  return `${made.error.name}: ${made.error.message}`.replaceAll(/[^\s:]*ipvm-author-\w+\//g, '')
}

/** A built program, ready to be called. */
export function programOf({ component }: Build): Program {
  const prepared = prepare(component)
  if ('error' in prepared) throw new Error(prepared.error.message)
  return prepared.ok
}

/** Calls a function; what it wrote to its log comes with the outcome. */
export function call(
  program: Program,
  fun: string,
  params: readonly Value[],
): { readonly out: RunOutcome; readonly log: string } {
  const found = resolveExport(program.functions, fun)
  if (!found) throw new Error(`no function ${fun}`)
  const args = paramsToWit(found.name, found.type, params, () => undefined)
  if ('error' in args) return { out: failed(args.error), log: '' }
  const quotas = { gas: 1e11, memory: 2 ** 28, output: 2 ** 28 }
  const invocation = { fun: found.name, args: args.ok, quotas, seed: new Uint8Array(32) }
  const { result, log } = invoke(program, invocation, hostFunction)
  const out = 'error' in result ? failed(result.error) : returned(found.type, result.ok)
  return { out, log }
}
