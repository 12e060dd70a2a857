/** What the command's exit status says. */
export const exit = {
  ok: 0,
  /** The work was done, and a task of it failed. */
  failed: 1,
  /** The request was wrong: a missing file, an unknown option, a workflow that is none. Nothing ran. */
  usage: 2,
  /** The machine was in the way: a full disk, a damaged store. */
  fault: 3,
  /** Stopped by Ctrl-C. */
  interrupted: 130,
} as const

/** An exit status of {@link exit}. */
export type ExitCode = (typeof exit)[keyof typeof exit]

/** Ends a command with one sentence for the user; never with a stack trace, unless `--debug` asks for it. */
export class Stop extends Error {
  override readonly name: string
  readonly code: ExitCode

  constructor(
    failure: { readonly name: string; readonly message: string },
    code: ExitCode = exit.usage,
    cause?: unknown,
  ) {
    super(failure.message, { cause })
    this.name = failure.name
    this.code = code
  }
}

/** The value of a result, or the end of the command. */
export function orStop<T>(
  result: { readonly ok: T } | { readonly error: { readonly name: string; readonly message: string } },
): T {
  if ('error' in result) throw new Stop(result.error, exit.usage, result.error)
  return result.ok
}
