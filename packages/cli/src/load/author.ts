import { engines, type Build, type BuildOptions, type BuildOutcome, type EngineName } from '@ipvm/author/build'
import type { Call, Option } from '../command.ts'
import { Stop } from '../exit.ts'
import { writeOutput } from './file.ts'

/** The options of the verbs that build. */
export const buildOptions: Readonly<Record<string, Option>> = {
  engine: { summary: 'qjs (small, starts at once; the default) or spidermonkey (12 MB, faster loops)', value: 'NAME' },
  'no-log': { summary: 'make a component that imports nothing, and so cannot write a log' },
}

/** What the user asked for in terms of the builder. */
export function buildOptionsOf(call: Call): BuildOptions {
  const name = call.value('engine') ?? 'qjs'
  const engine = Object.keys(engines).find((known): known is EngineName => known === name)
  if (engine === undefined) {
    throw new Stop({ name: 'Usage', message: `"${name}" is no engine; known: ${Object.keys(engines).join(', ')}` })
  }
  return { engine, log: !call.has('no-log') }
}

/** A build, or the end of the command with all that is wrong in the source. */
export function builtOrStop(outcome: BuildOutcome): Build {
  if ('ok' in outcome) return outcome.ok
  throw new Stop(outcome.error, undefined, outcome.error)
}

/** `greet.wasm` in the folder of `greet.ts`. */
export function wasmPathOf(path: string): string {
  if (/\.[cm]?[jt]s$/.test(path)) return path.replace(/\.[cm]?[jt]s$/, '.wasm')
  throw new Stop({ name: 'Usage', message: `${path} is no TypeScript file; name one, as in greet.ts` })
}

/** Writes the component, with the source map that its stacks are read by beside it. */
export async function writeBuild(path: string, { component, map }: Build): Promise<void> {
  await writeOutput(path, component)
  await writeOutput(`${path}.map`, new TextEncoder().encode(map))
}
