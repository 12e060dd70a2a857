import { existsSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { bundle } from '../bundle/bundle.ts'
import { exportsOf } from '../check/functions.ts'
import { TypeScript } from '../check/typescript.ts'
import { withCustomSection } from '../engine/component.ts'
import type { Engine } from '../engine/engine.ts'
export { findPackage } from '../engine/find.ts'
import { quickJs } from '../engine/quickjs.ts'
import { spiderMonkey } from '../engine/spidermonkey.ts'
import { labelOf } from '../wit/label.ts'
import { packageDocs } from '../wit/package-docs.ts'
import { worldText } from '../wit/text.ts'
import { entryText } from './entry.ts'
import { failureOf, type BuildFailure } from './failure.ts'

/** The engines that a program can be built with. */
export const engines: Readonly<Record<'qjs' | 'spidermonkey', Engine>> = { qjs: quickJs, spidermonkey: spiderMonkey }

/** The name of an engine. */
export type EngineName = keyof typeof engines

/** How a file is built. */
export interface BuildOptions {
  /** `qjs` where none is named. */
  readonly engine?: EngineName
  /** Whether the component may write to the log of a run, which is its only import; it may where nothing is said. */
  readonly log?: boolean
  /**
   * Whether the build may be made for trying things out: QuickJS then comes as its small runtime, which takes a third less
   * time to build with and somewhat more gas to run.
   */
  readonly draft?: boolean
}

/** What a file was built into. */
export interface Build {
  readonly component: Uint8Array
  /** The world as WIT text, with the author's comments. */
  readonly wit: string
  /** A source map (ECMA-426) as JSON, from lines of the program in the component to lines of the author's files. */
  readonly map: string
  /** Sentences for the author that are no failures. */
  readonly notes: readonly string[]
}

/** A build, or why there is none. */
export type BuildOutcome = { readonly ok: Build } | { readonly error: BuildFailure }

/** Builds one file again and again; the compiler stays loaded between the builds. */
export class Builder {
  readonly #file: string
  readonly #options: BuildOptions
  #compiler: TypeScript | undefined
  #sources: readonly string[]

  constructor(file: string, options: BuildOptions = {}) {
    this.#file = resolve(file)
    this.#options = options
    this.#sources = [this.#file]
  }

  /** Checks, derives the WIT, bundles, and makes a component. What is wrong in the source is an error that lists places. */
  async build(): Promise<BuildOutcome> {
    const { engine: name = 'qjs', log = true, draft = false } = this.#options
    if (!existsSync(this.#file)) {
      return { error: failureOf('NoSuchFile', [{ message: `${this.#file} is not there; check the path` }]) }
    }
    this.#compiler ??= new TypeScript(this.#file)
    const checked = this.#compiler.check()
    this.#sources = this.#compiler.sources
    if ('error' in checked) return checked
    const exported = exportsOf(checked.ok)
    if ('error' in exported) return exported
    const { world, notes } = exported.ok
    const engine = engines[name]
    const logging = log ? engine.logging : undefined
    const entry = entryText(this.#file, world, engine.guest, logging)
    const bundled = await bundle(this.#file, entry, logging === undefined ? [] : [`${logging}/logging`])
    if ('error' in bundled) return bundled
    const home = homeOf(this.#file)
    const wit = worldText(world, { home, ...(logging !== undefined && { logging }) })
    const made = await engine.make({
      bundle: bundled.ok,
      wit,
      hasLog: log,
      isDraft: draft,
      folder: dirname(this.#file),
    })
    if ('error' in made) return made
    const docs = packageDocs(world)
    const component = docs === undefined ? made.ok : withCustomSection(made.ok, 'package-docs', docs)
    return { ok: { component, wit: wit.replaceAll(engine.logging, 'wasi:logging'), map: bundled.ok.map, notes } }
  }

  /** The files that the last build read, and that a change of calls for another; before one, the file alone. */
  get sources(): readonly string[] {
    return this.#sources
  }

  /** Ends the compiler's process. */
  close(): void {
    this.#compiler?.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/** The package of a file's types: each file has its own, so that two components can be put together. */
function homeOf(file: string): string {
  return `local:${labelOf(basename(file).replace(/\..*$/, '')) ?? 'guest'}`
}

/** Builds a TypeScript file into a component: its exported functions become the component's. */
export async function build(file: string, options?: BuildOptions): Promise<BuildOutcome> {
  using builder = new Builder(file, options)
  return await builder.build()
}
