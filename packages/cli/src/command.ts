import { parseArgs } from 'node:util'
import { Stop, type ExitCode } from './exit.ts'

/** An option of a command: a switch, or one that takes a value (then `value` names it in the help). */
export interface Option {
  readonly summary: string
  readonly value?: string
  readonly short?: string
}

/** One verb of the command line. */
export interface Command {
  readonly usage: string
  /** How many words it takes beside its options. */
  readonly words: number
  readonly summary: string
  /** What a new user wants to see first. */
  readonly examples: readonly string[]
  readonly options: Readonly<Record<string, Option>>
  run(call: Call): Promise<ExitCode>
}

/** What the user asked for. */
export interface Call {
  readonly positionals: readonly string[]
  readonly home: string | undefined
  readonly json: boolean
  readonly debug: boolean
  /** A switch of the command's own. */
  has(option: string): boolean
  /** The value of an option of the command's own. */
  value(option: string): string | undefined
}

/** The options that every command has. */
const commonOptions: Readonly<Record<string, Option>> = {
  home: { summary: "the node's folder (or $IPVM_HOME; ~/.ipvm where neither is given)", value: 'DIR' },
  json: { summary: 'print JSON for programs' },
  debug: { summary: 'show the whole cause when something fails' },
  help: { summary: 'show this help', short: 'h' },
}

/** Reads a command's arguments; an unknown option is refused. `help` is true when only the help is wanted. */
export function parseCall(command: Command, args: readonly string[]): { readonly call: Call; readonly help: boolean } {
  const declared = Object.entries({ ...command.options, ...commonOptions })
  const options = Object.fromEntries(
    declared.map(([name, { value, short }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), ...(short !== undefined && { short }) },
    ]),
  )
  const { values, positionals } = parseOrStop(options, args)
  const extra = positionals[command.words]
  if (extra !== undefined) throw new Stop({ name: 'Usage', message: `"${extra}" is one word too many; see --help` })
  const text = (name: string) => {
    const value = values[name]
    return typeof value === 'string' ? value : undefined
  }
  const has = (name: string) => values[name] === true
  const call = { positionals, home: text('home'), json: has('json'), debug: has('debug'), has, value: text }
  return { call, help: has('help') }
}

type ParseOptions = Record<string, { type: 'boolean' | 'string'; short?: string }>

/** A negative number is an argument, not a row of short options. */
const hidden = '\u0000'

function shown(text: string): string {
  return text.startsWith(hidden) ? text.slice(hidden.length) : text
}

function parseOrStop(options: ParseOptions, args: readonly string[]) {
  try {
    const visible = args.map(arg => (/^-[.\d]/.test(arg) ? hidden + arg : arg))
    const parsed = parseArgs({ args: visible, options, allowPositionals: true, strict: true })
    const positionals = parsed.positionals.map(shown)
    const values = Object.entries(parsed.values).map(([name, value]) => [
      name,
      typeof value === 'string' ? shown(value) : value,
    ])
    return { values: Object.fromEntries(values) as typeof parsed.values, positionals }
  } catch (thrown) {
    // The platform's own sentence names the option; what it advises after the first period is about its own syntax.
    const problem = thrown instanceof Error ? (thrown.message.split('. ')[0] ?? '') : String(thrown)
    throw new Stop({ name: 'Usage', message: `${problem}; see --help, or put -- before words that begin with a dash` })
  }
}

/** The help text of one command. */
export function commandHelp(name: string, { usage, summary, examples, options }: Command): string {
  const rows = Object.entries({ ...options, ...commonOptions }).map(([long, { summary: text, value, short }]): Row => {
    const flags = `${short === undefined ? '    ' : `-${short}, `}--${long}${value === undefined ? '' : ` ${value}`}`
    return [flags, text]
  })
  const shown = examples.map(example => `  ipvm ${example}`).join('\n')
  return `${summary}\n\nUsage: ipvm ${name}${usage === '' ? '' : ` ${usage}`} [options]\n\nExamples:\n${shown}\n\nOptions:\n${table(rows)}\n`
}

type Row = readonly [string, string]

/** Two columns, the first as wide as it needs to be. */
export function table(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([first]) => first.length))
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`).join('\n')
}
