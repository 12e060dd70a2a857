// Runs inside the guest: what an engine calls for each exported function.
import type { FunctionShape, Shape } from '../wit/shape.ts'
import { reader, writer, type GuestEngine, type Turn } from './codec.ts'
import { begin, giveUp, shown, tell } from './prelude.ts'

type AnyFunction = (...values: unknown[]) => unknown

/** A function of the author's as the engine calls it. */
export function serve(shape: FunctionShape, work: AnyFunction, engine: GuestEngine): AnyFunction {
  const readers = shape.params.map(param => reader(param.shape))
  const callAuthor: AnyFunction = (...values) =>
    work(...readers.map((read, index) => read(values[index], shape.params[index]?.name ?? '')))
  const give = shape.result?.kind === 'result' ? giveResult(shape.result, engine) : givePlain(shape.result, engine)
  return (...values) => {
    begin()
    return give(() => callAuthor(...values), `the result of "${shape.name}"`)
  }
}

/** A stack as far as the author's function: what called it is ours. */
function withoutOurs(text: string): string {
  return text.replace(/\n[^\n]*\bcallAuthor\b.*$/s, '')
}

type Give = (work: () => unknown, path: string) => unknown

/** An exception ends the run; the log has its message and where it was thrown. */
function givePlain(shape: Shape | undefined, engine: GuestEngine): Give {
  const write: Turn = shape ? writer(shape, engine) : () => undefined
  return (work, path) => {
    try {
      const given = write(work(), path)
      if (engine === 'spidermonkey') refuseLost(given, shape, path)
      return given
    } catch (thrown) {
      tell('error', withoutOurs(shown(thrown)))
      throw thrown
    }
  }
}

/**
 * ComponentizeJS 0.23 gives another number for a u32 of 2^31 or more that is a function's whole result, and traps without a
 * word at a negative s64 (ADR 43): no result is better than a wrong one.
 */
function refuseLost(given: unknown, shape: Shape | undefined, path: string): void {
  const isLost =
    (shape?.kind === 'number' && shape.wit === 'u32' && Number(given) >= 2 ** 31) ||
    (shape?.kind === 'bigint' && shape.wit === 's64' && typeof given === 'bigint' && given < 0n)
  if (isLost)
    throw new RangeError(`${path}: this engine cannot give ${given} alone; give it in an object, or build for qjs`)
}

/** Engines take what a function returns for its ok, and what it throws for its error. */
function giveResult({ ok, error }: Extract<Shape, { kind: 'result' }>, engine: GuestEngine): Give {
  const writeOk: Turn = ok ? writer(ok, engine) : () => undefined
  const writeError: Turn = error ? writer(error, engine) : () => undefined
  const outcomeOf = (work: () => unknown, path: string): { ok: unknown } | { error: unknown } => {
    const value = work()
    if (typeof value === 'object' && value !== null && 'error' in value) {
      return { error: writeError(value.error, `${path}.error`) }
    }
    const isOk = typeof value === 'object' && value !== null && 'ok' in value
    if (!isOk) throw new TypeError(`${path}: expected { ok } or { error }, got ${shown(value).slice(0, 80)}`)
    return { ok: writeOk(value.ok, `${path}.ok`) }
  }
  const thrownOf = (thrown: unknown, path: string): { error: unknown } => {
    tell('error', withoutOurs(shown(thrown)))
    try {
      // An Error stands for its message where the error is text, and for nothing else: what it is, its author has to say.
      if (thrown instanceof Error) return error?.kind === 'string' ? { error: thrown.message } : giveUp(thrown)
      return { error: writeError(thrown, `${path}.error`) }
    } catch {
      return giveUp(thrown)
    }
  }
  return (work, path) => {
    let outcome: { ok: unknown } | { error: unknown }
    try {
      outcome = outcomeOf(work, path)
    } catch (thrown) {
      outcome = thrownOf(thrown, path)
    }
    if ('error' in outcome) throw outcome.error
    return outcome.ok
  }
}
