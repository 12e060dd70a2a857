/** The longest that one input may take, milliseconds: a hundred times what any takes on a busy machine. */
const inputMsMax = 2000

/** The most memory that one input may take, bytes. */
const inputBytesMax = 128 * 1024 * 1024

/** An input that a decoder did not take as it should. */
export interface Finding {
  readonly target: string
  readonly problem: string
  readonly input: string
}

/** How much was tried so far. */
export interface Progress {
  readonly inputs: number
  readonly accepted: number
}

/** Gives an input to a reader; gives what is wrong, if anything is. A reader says itself what it took wrongly. */
export async function attempt(
  run: () => string | undefined | Promise<string | undefined>,
): Promise<string | undefined> {
  const problem = await once(run)
  // A busy machine can be late once; an input that costs too much does so every time.
  if (!problem?.startsWith('took')) return problem
  return (await once(run)) && once(run)
}

async function once(run: () => string | undefined | Promise<string | undefined>): Promise<string | undefined> {
  const memory = allocated()
  const started = performance.now()
  try {
    const problem = await run()
    if (problem !== undefined) return problem
  } catch (thrown) {
    return `threw ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`
  }
  const ms = performance.now() - started
  if (ms > inputMsMax) return `took ${Math.round(ms)} ms`
  const bytes = allocated() - memory
  return bytes > inputBytesMax ? `took ${bytes} bytes` : undefined
}

function allocated(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
