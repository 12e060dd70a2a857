import type { BuildFailure } from '../build/failure.ts'
import type { Bundle } from '../bundle/bundle.ts'

/** What an engine makes a component of. */
export interface EngineInput {
  readonly bundle: Bundle
  /** The world as WIT text, as the engine gets it. */
  readonly wit: string
  /** Whether the component writes a log. */
  readonly hasLog: boolean
  /** Whether a quick build counts for more than a quick run. */
  readonly isDraft: boolean
  /** The folder of the author's file, where tools are looked for first. */
  readonly folder: string
}

/** The bytes of a component, or why there are none. */
export type EngineOutcome = { readonly ok: Uint8Array } | { readonly error: BuildFailure }

/** A JavaScript engine that goes into a component with the program. */
export interface Engine {
  /** The package whose `logging` interface the WIT of {@link EngineInput} imports. */
  readonly logging: string
  /** How the guest's side has to speak to it. */
  readonly guest: 'quickjs' | 'spidermonkey'
  make(input: EngineInput): Promise<EngineOutcome>
}
