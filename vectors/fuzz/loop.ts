import { corpora } from './corpus.ts'
import { mutate } from './mutate.ts'
import { Random } from './random.ts'
import { targets } from './targets.ts'

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

/**
 * Mutates valid inputs and gives them to every decoder in turn, until `goesOn` says no or something is found.
 *
 * @param goesOn asked before every input, told how many there were
 */
export async function fuzz(seed: number, goesOn: (progress: Progress) => boolean): Promise<Finding | Progress> {
  const random = new Random(seed)
  const corpus = await corpora()
  const names = Object.keys(targets)
  let inputs = 0
  let accepted = 0
  while (goesOn({ inputs, accepted })) {
    const target = names[inputs % names.length] ?? ''
    const { corpus: from, run } = targets[target] ?? { corpus: 'values', run: () => false }
    const original = random.pick(corpus[from])
    const input = mutate(original, random, random.pick(corpus[from]))
    inputs += 1
    const isSame = Buffer.compare(original, input) === 0
    const onAccepted = () => (accepted += 1)
    let problem = await attempt(input, isSame, from === 'tokens', run, onAccepted)
    // A busy machine can be late once; an input that costs too much does so every time.
    for (let again = 0; again < 2 && problem?.startsWith('took'); again++) {
      problem = await attempt(input, isSame, from === 'tokens', run, onAccepted)
    }
    if (problem !== undefined) return { target, problem, input: Buffer.from(input).toString('base64') }
  }
  return { inputs, accepted }
}

async function attempt(
  input: Uint8Array,
  isSame: boolean,
  isSigned: boolean,
  run: (bytes: Uint8Array) => boolean | Promise<boolean>,
  onAccepted: () => void,
): Promise<string | undefined> {
  const memory = allocated()
  const started = performance.now()
  try {
    const isAccepted = await run(input)
    if (isAccepted) onAccepted()
    if (isAccepted && isSigned && !isSame && !(await isKnown(input))) return 'accepted, though it was changed'
  } catch (thrown) {
    return `threw ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`
  }
  const ms = performance.now() - started
  if (ms > inputMsMax) return `took ${Math.round(ms)} ms`
  const bytes = allocated() - memory
  return bytes > inputBytesMax ? `took ${bytes} bytes` : undefined
}

/** Several mutations in a row can give back a token of the corpus. */
async function isKnown(input: Uint8Array): Promise<boolean> {
  const { tokens } = await corpora()
  return tokens.some(token => Buffer.compare(token, input) === 0)
}

function allocated(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
