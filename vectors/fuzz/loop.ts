import { attempt, type Finding, type Progress } from './attempt.ts'
import { corpora } from './corpus.ts'
import { mutate } from './mutate.ts'
import { Random } from './random.ts'
import { targets } from './targets.ts'

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
    const problem = await attempt(async () => {
      const isAccepted = await run(input)
      if (isAccepted) accepted += 1
      const isForged = isAccepted && from === 'tokens' && !isSame && !(await isKnown(input))
      return isForged ? 'accepted, though it was changed' : undefined
    })
    if (problem !== undefined) return { target, problem, input: Buffer.from(input).toString('base64') }
  }
  return { inputs, accepted }
}

/** Several mutations in a row can give back a token of the corpus. */
async function isKnown(input: Uint8Array): Promise<boolean> {
  const { tokens } = await corpora()
  return tokens.some(token => Buffer.compare(token, input) === 0)
}
