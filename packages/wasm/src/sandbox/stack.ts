import type { ProgramModule } from '../component/program.ts'
import { stackFramesMax } from '../limits.ts'

/** A guest's function that was running when the run failed. */
export interface StackFrame {
  /** Which core module of the component; `undefined` where the engine does not say. */
  readonly module: number | undefined
  /** The index of the function, the same as in the original. */
  readonly function: number
}

/** How rewritten modules are called, so that an engine's stack says which of them a frame is of. */
export function moduleName(number: number): string {
  return `core${number}`
}

const frame = /(?:\bcore(\d+)\b.*)?\bwasm-function\[(\d+)\]/

/**
 * The functions of the guest that something was thrown through, the innermost first: no part of any result, as
 * engines write their stacks each in its own way, cut them where they like, and inline what they like.
 */
export function stackOf(thrown: unknown, modules: readonly Pick<ProgramModule, 'functions'>[]): readonly StackFrame[] {
  const text = thrown instanceof Error ? (thrown.stack ?? '') : ''
  const frames: StackFrame[] = []
  for (const line of text.split('\n')) {
    const [, named, index] = frame.exec(line) ?? []
    if (index === undefined) continue
    const module = named !== undefined ? Number(named) : modules.length === 1 ? 0 : undefined
    const count = module === undefined ? undefined : modules[module]?.functions
    // What comes after the guest's functions is there to meter them.
    if (count === undefined || Number(index) < count) frames.push({ module, function: Number(index) })
    if (frames.length === stackFramesMax) break
  }
  return frames
}

/** Lets this thread's engine keep as much of a stack as {@link stackOf} reads; V8 keeps ten frames by itself. */
export function keepStacks(): void {
  Reflect.set(Error, 'stackTraceLimit', stackFramesMax)
}
