// Runs inside the guest, before anything of the author's: what is different from one machine or moment to the next is
// the same everywhere, and what the engine lacks is there.

/** The interface `wasi:logging`; set by the entry, absent in a component that imports nothing. */
export type Log = (level: string, context: string, message: string) => void

const early: [level: string, message: string][] = []
let write: Log | undefined
let isRunning = false

/** Says how a guest writes its log. */
export function logTo(log: Log): void {
  write = log
}

/** What the top of a module wrote while the component was built is written when the first function is called. */
export function begin(): void {
  isRunning = true
  for (const [level, message] of early.splice(0)) write?.(level, '', message)
}

/** Writes to the log of the run. */
export function tell(level: string, message: string): void {
  if (isRunning) write?.(level, '', message)
  else early.push([level, message])
}

/** A value as a line of the log. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Error) return `${value}\n${value.stack ?? ''}`.trimEnd()
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return String(value)
  const plain = (_: string, part: unknown) =>
    typeof part === 'bigint'
      ? `${part}n`
      : ArrayBuffer.isView(part)
        ? `${part.constructor.name}(${part.byteLength})`
        : part
  try {
    return JSON.stringify(value, plain) ?? String(value)
  } catch {
    return Object.prototype.toString.call(value)
  }
}

function writer(level: string): (...values: unknown[]) => void {
  return (...values) => tell(level, values.map(shown).join(' '))
}

function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true })
}

define('console', {
  log: writer('info'),
  info: writer('info'),
  debug: writer('debug'),
  warn: writer('warn'),
  error: writer('error'),
  trace: writer('trace'),
})

const EngineDate = Date
const engineNow = Date.now

/** Ends the run at once where an exception would be taken for a result: QuickJS has no clock, and asking for it traps. */
export function giveUp(thrown: unknown): never {
  engineNow.call(EngineDate)
  throw thrown instanceof Error ? thrown : new Error(shown(thrown))
}

/** It is always 1970: a function that could tell the time would have another result at another time. */
const frozenDate = new Proxy(EngineDate, {
  construct: (target, values, made) => Reflect.construct(target, values.length === 0 ? [0] : values, made),
  apply: () => new EngineDate(0).toString(),
})
EngineDate.now = () => 0
EngineDate.prototype.constructor = frozenDate
define('Date', frozenDate)
define('performance', { now: () => 0 })

let state = 0x9e3779b9

/** The same numbers in every run, on every engine (mulberry32). */
Math.random = () => {
  state = (state + 0x6d2b79f5) | 0
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}
