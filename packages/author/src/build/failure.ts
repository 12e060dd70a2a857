import type { Place } from '../check/place.ts'
import { problemsMax } from '../limits.ts'

/** Why no component was built. */
export interface BuildFailure {
  readonly name:
    | 'NoSuchFile'
    | 'TypeErrors'
    | 'NotExpressible'
    | 'NotBundled'
    | 'TooLarge'
    | 'ThrowsAtTop'
    | 'ToolMissing'
    | 'EngineFailed'
  readonly message: string
  /** What is wrong, and where; none where no line is to blame. */
  readonly problems: readonly Problem[]
}

/** One thing to be put right in a source. */
export interface Problem {
  readonly place?: Place
  readonly message: string
}

/** A failure that lists problems, each with its file, line and column. */
export function failureOf(name: BuildFailure['name'], problems: readonly Problem[]): BuildFailure {
  const shown = problems.slice(0, problemsMax).map(problemText)
  const rest = problems.length - shown.length
  if (rest > 0) shown.push(`… and ${rest} more`)
  return { name, message: shown.join('\n'), problems }
}

function problemText({ place, message }: Problem): string {
  return place === undefined ? message : `${place.file}:${place.line}:${place.column}: ${message}`
}
