import { basename, dirname, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { rolldown, type Plugin, type RolldownLog } from 'rolldown'
import { failureOf, type BuildFailure, type Problem } from '../build/failure.ts'
import { shownPath } from '../check/place.ts'
import { bundleBytesMax } from '../limits.ts'

/** One module that holds all of a program, and where its lines come from. */
export interface Bundle {
  readonly code: string
  /** A source map (ECMA-426) as JSON; its sources are relative to the folder of the entry file. */
  readonly map: string
}

const entryId = 'ipvm:entry'
/** Where our own modules are. */
export const ourFolder = resolve(import.meta.dirname, '..')

/** The module with which a function asks for effects; the one at hand, so that nothing has to be installed. */
export const effectsModule = '@ipvm/author/effects'
export const effectsFile = fileURLToPath(import.meta.resolve('../effects/effects.ts'))

/**
 * Bundles a file with all that it imports, npm packages included. `entry` is the module around it; it imports the
 * author's file by path, and `external` is what the component imports itself.
 */
export async function bundle(
  file: string,
  entry: string,
  external: readonly string[],
): Promise<{ readonly ok: Bundle } | { readonly error: BuildFailure }> {
  const problems: Problem[] = []
  const folder = dirname(file)
  try {
    const build = await rolldown({
      input: entryId,
      cwd: folder,
      platform: 'neutral',
      resolve: { conditionNames: ['import', 'module', 'default'], mainFields: ['module', 'main'] },
      external: [...external],
      plugins: [entryPlugin(entry)],
      transform: { target: 'es2023' },
      onLog: (_, log) => {
        if (log.code === 'UNRESOLVED_IMPORT') problems.push(problemOf(log))
      },
    })
    const { output } = await build.generate({
      dir: folder,
      format: 'esm',
      sourcemap: 'hidden',
      codeSplitting: false,
      sourcemapPathTransform: source => nameOf(source, folder),
    })
    await build.close()
    if (problems.length > 0) return { error: failureOf('NotBundled', problems) }
    const chunk = output.find(part => part.type === 'chunk')
    if (!chunk) throw new Error('the bundler gave no chunk')
    return sizeChecked({ code: chunk.code, map: JSON.stringify({ ...chunk.map, file: basename(file) }) })
  } catch (thrown) {
    const logs = logsOf(thrown)
    if (logs.length === 0) throw thrown
    return {
      error: failureOf(
        'NotBundled',
        logs.map(log => problemOf(log)),
      ),
    }
  }
}

/** The modules of the guest's side, which are bundled with every program. */
export function guestModule(name: 'prelude' | 'text' | 'serve'): string {
  return fileURLToPath(import.meta.resolve(`../guest/${name}.ts`))
}

/** Our own modules have names instead of paths, which would tell where this package is installed. */
function nameOf(source: string, folder: string): string {
  const path = resolve(folder, source)
  if (path.endsWith(entryId)) return entryId
  return path.startsWith(ourFolder) ? `ipvm:${relative(ourFolder, path).split(sep).join('/')}` : source
}

function entryPlugin(entry: string): Plugin {
  return {
    name: 'ipvm',
    resolveId: id => (id === entryId ? id : id === effectsModule ? effectsFile : undefined),
    load: id => (id === entryId ? entry : undefined),
  }
}

function sizeChecked(bundled: Bundle): { readonly ok: Bundle } | { readonly error: BuildFailure } {
  const size = Buffer.byteLength(bundled.code)
  if (size <= bundleBytesMax) return { ok: bundled }
  const message =
    `the bundle is ${megabytes(size)}, and ${megabytes(bundleBytesMax)} is the most; take what is large as an argument ` +
    '(a file is passed by its CID and is not copied into the function)'
  return { error: failureOf('TooLarge', [{ message }]) }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`
}

/** What the bundler itself complains about; anything else that it throws is a fault. */
function logsOf(thrown: unknown): readonly RolldownLog[] {
  if (!(thrown instanceof Error)) return []
  const logs = 'errors' in thrown && Array.isArray(thrown.errors) ? thrown.errors : [thrown]
  return logs.filter(log => typeof log?.message === 'string' && ('code' in log || 'kind' in log))
}

function problemOf(log: RolldownLog): Problem {
  const message = explained(log)
  const file = log.loc?.file ?? log.id
  if (file === undefined || file === entryId) return { message }
  return { place: { file: shownPath(file), line: log.loc?.line ?? 1, column: (log.loc?.column ?? 0) + 1 }, message }
}

/** What to do about an import of Node's. */
export function noNodeModule(name: string): string {
  return `"${name}" is a part of Node, which is not there in a component; take what you need as an argument`
}

/** The bundler draws the source under its message; the first line says it all. */
function explained({ code, message }: RolldownLog): string {
  const plain = stripVTControlCharacters(message)
  const [, specifier] = /['"]([^'"]+)['"]/.exec(plain) ?? []
  if (code === 'UNRESOLVED_IMPORT' && specifier !== undefined) {
    return specifier.startsWith('node:')
      ? noNodeModule(specifier)
      : `"${specifier}" is not there; install it (npm install ${specifier}), or correct the path`
  }
  return (
    plain
      .split('\n')[0]
      ?.replace(/^\[\w+\] /, '')
      .replace(/^Error: /, '') ?? plain
  )
}
