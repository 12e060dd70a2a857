import { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { API, type Checker, type Diagnostic, type Program, type Project } from 'typescript/unstable/sync'
import { failureOf, type BuildFailure, type Problem } from '../build/failure.ts'
import { effectsFile, effectsModule, noNodeModule, ourFolder } from '../bundle/bundle.ts'
import { globalsText } from './globals.ts'
import { lineAndColumn, shownPath, type Place } from './place.ts'

type SourceFile = NonNullable<ReturnType<Program['getSourceFile']>>

/** A file without type errors, and the checker that can tell its types. */
export interface CheckedFile {
  readonly checker: Checker
  readonly source: SourceFile
  /** Where a node of any file of the program is. */
  placeOf(file: SourceFile, offset: number): Place
}

/** The module that authors take the names of WIT's types from; the one at hand, so that nothing has to be installed. */
const brandModule = '@ipvm/author/types'
const brandFile = fileURLToPath(import.meta.resolve('../wit/brand.ts'))

/** Modules of ours that authors import, by the names under which they are published. */
const ourModules = { [brandModule]: brandFile, [effectsModule]: effectsFile }

/**
 * The TypeScript compiler as a process that is kept: the first check of a file takes a tenth of a second, one after a
 * change a few milliseconds. `files` are read from the disk.
 */
export class TypeScript {
  readonly #file: string
  readonly #config: string
  readonly #api: API
  #project: Project | undefined

  /** Starts the compiler for one file. */
  constructor(file: string) {
    this.#file = file
    this.#config = join(dirname(file), '.ipvm-build.tsconfig.json')
    const globals = join(dirname(file), '.ipvm-build.globals.d.ts')
    const virtual = new Map([
      [slashes(this.#config), configText([slashes(file), slashes(globals)])],
      [slashes(globals), globalsText],
    ])
    this.#api = new API({
      cwd: dirname(file),
      fs: { readFile: path => virtual.get(path), fileExists: path => (virtual.has(path) ? true : undefined) },
    })
  }

  /** Reads what has changed and checks; type errors of the file and of what it imports are listed. */
  check(): { readonly ok: CheckedFile } | { readonly error: BuildFailure } {
    const snapshot = this.#project
      ? this.#api.updateSnapshot({ fileChanges: { invalidateAll: true } })
      : this.#api.updateSnapshot({ openProjects: [slashes(this.#config)] })
    const project = snapshot.getProject(slashes(this.#config))
    const source = project?.program.getSourceFile(slashes(this.#file))
    if (!project || !source) throw new Error(`the compiler did not open ${this.#file}`)
    this.#project = project
    const problems = diagnosticsOf(project.program).map(diagnostic => this.#problem(diagnostic))
    if (problems.length > 0) return { error: failureOf('TypeErrors', problems) }
    const placeOf = (file: SourceFile, offset: number) => ({
      file: shownPath(file.fileName),
      ...lineAndColumn(file.text, offset),
    })
    return { ok: { checker: project.checker, source, placeOf } }
  }

  /** The author's files of the program that was checked last; the libraries' are not among them. */
  get sources(): readonly string[] {
    const names = this.#project?.program.getSourceFileNames() ?? []
    return names.filter(name => !name.includes('/node_modules/') && !name.startsWith(slashes(ourFolder)))
  }

  /** Ends the compiler's process. One that is asked to end may write "context canceled" on our stderr; a killed one cannot. */
  close(): void {
    try {
      compilerOf(this.#api)?.kill('SIGKILL')
      this.#api.close()
    } catch {
      // Ctrl-C in a terminal reaches the compiler, too, which may have gone first.
    }
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #problem({ fileName, pos, text }: Diagnostic): Problem {
    const message = explained(text)
    if (fileName === undefined || fileName === slashes(this.#config)) return { message }
    return {
      place: { file: shownPath(fileName), ...lineAndColumn(readFileSync(fileName, 'utf8'), pos) },
      message,
    }
  }
}

/** The process behind an API, which keeps it to itself; none where another version keeps it elsewhere. */
function compilerOf(api: API): ChildProcess | undefined {
  let part: unknown = api
  for (const name of ['client', 'channel', 'child']) {
    if (typeof part !== 'object' || part === null) return undefined
    part = Reflect.get(part, name)
  }
  return part instanceof ChildProcess ? part : undefined
}

/** What the compiler advises about modules of Node is of no use in a component. */
function explained(text: string): string {
  const [, module] = /'(node:[^']+)'/.exec(text) ?? []
  return module === undefined ? text : noNodeModule(module)
}

/** Errors only; what a library gets wrong in its own declarations is not the author's. */
function diagnosticsOf(program: Program): readonly Diagnostic[] {
  const syntactic = program.getSyntacticDiagnostics()
  const all =
    syntactic.length > 0
      ? syntactic
      : [...program.getProgramDiagnostics(), ...program.getGlobalDiagnostics(), ...program.getSemanticDiagnostics()]
  return all.filter(({ category }) => category === 1)
}

/** What a component is, as the compiler sees it: ECMAScript with nothing of a browser or of Node. */
function configText(files: readonly string[]): string {
  return JSON.stringify({
    compilerOptions: {
      target: 'es2024',
      lib: ['es2024'],
      types: [],
      module: 'preserve',
      moduleResolution: 'bundler',
      moduleDetection: 'force',
      strict: true,
      skipLibCheck: true,
      allowJs: true,
      resolveJsonModule: true,
      allowImportingTsExtensions: true,
      noEmit: true,
      paths: Object.fromEntries(Object.entries(ourModules).map(([name, file]) => [name, [slashes(file)]])),
    },
    files,
  })
}

function slashes(path: string): string {
  return path.split(sep).join('/')
}
