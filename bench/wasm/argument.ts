import { engine } from '../../packages/wasm/src/engine.ts'
import { timedSync } from '../measure.ts'
import type { Figure } from './figure.ts'
import { read } from './guests.ts'
import { programOf, rawCore, run } from './program.ts'

const length = 2 ** 20

/**
 * A megabyte for a function that looks at its first bytes and refuses them: `grayscale` of what is no picture. Beside it
 * the same core module with as much room made in its memory, and nothing put there. What is between them is the host's:
 * moving the bytes, the meter, the component. The fastest call of each; they take turns.
 */
export function argument(rounds: number): Figure[] {
  const component = read('guests/image/image.wasm')
  const program = programOf(component)
  const core = rawCore(component)
  const bytes = new Uint8Array(length).fill(7)
  const bare = () => {
    const { cabi_realloc: allocate, grayscale } = new engine.Instance(core).exports
    if (typeof allocate !== 'function' || typeof grayscale !== 'function')
      throw new TypeError('a guest without exports')
    return grayscale(allocate(0, 0, 1, length), length)
  }
  let [fastest, fastestBare] = [Infinity, Infinity]
  for (let left = 20 * rounds; left > 0; left--) {
    fastestBare = Math.min(fastestBare, timedSync(bare))
    fastest = Math.min(
      fastest,
      timedSync(() => run(program, 'grayscale', [bytes])),
    )
  }
  const over = fastest - fastestBare
  return [
    {
      what: '1 MB of `list<u8>` passed in',
      asked: '≤ 1 ms',
      measured: `${over.toFixed(2)} ms`,
      reached: over <= 1,
      note: `${fastest.toFixed(2)} ms, and ${fastestBare.toFixed(2)} ms for the bare core module that is given nothing`,
    },
  ]
}
