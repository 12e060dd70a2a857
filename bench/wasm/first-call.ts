import type { WitValue } from '@ipvm/wit'
import { engine } from '../../packages/wasm/src/engine.ts'
import { median, timed } from '../measure.ts'
import type { Figure } from './figure.ts'
import { javascriptGuest, read } from './guests.ts'
import { type Exports, instantiator, type Peers, transpiled } from './jco.ts'
import { programOf, run } from './program.ts'
import { enlarged, renewed } from './variant.ts'

/** Rounds that do not count: what reads a component is code of ours, which has to be optimised first, and jco's glue. */
const warmingOf = (component: Uint8Array) => (component.length < 1e6 ? 20 : 2)

interface Case {
  readonly name: string
  readonly component: Uint8Array
  /** Milliseconds that are asked for. */
  readonly asked: number
  readonly fun: string
  readonly args: readonly WitValue[]
  readonly withJco: (exports: Exports) => unknown
}

async function cases(peers: Peers): Promise<Case[]> {
  const image = enlarged(read('guests/image/image.wasm'), 4)
  const photo = read('examples/portrait/portrait.png').subarray(0, 100)
  const types = 'ipvm:echo/types@0.1.0'
  return [
    {
      name: 'packages/wasm/fixtures/echo.wasm',
      component: read('packages/wasm/fixtures/echo.wasm'),
      asked: 5,
      fun: `${types}#echo-u32`,
      args: [7],
      withJco: exports => Reflect.get(Object(exports[types]), 'echoU32')(7),
    },
    {
      name: 'the image guest, its code four times over',
      component: image,
      asked: 40,
      fun: 'grayscale',
      // A picture that ends too early: what counts here is getting to the call, and back.
      args: [photo],
      withJco: exports => refused(() => exports.grayscale?.(photo)),
    },
    {
      name: 'the SpiderMonkey guest',
      component: await javascriptGuest(peers, 'spidermonkey'),
      asked: 600,
      fun: 'add',
      args: [1, 2],
      withJco: exports => exports.add?.(1, 2),
    },
  ]
}

/** jco throws the error of a WIT result. */
function refused(call: () => unknown): unknown {
  try {
    call()
  } catch (thrown) {
    if (thrown instanceof engine.RuntimeError) throw thrown
    return thrown
  }
  throw new Error('half a picture was taken for a whole one')
}

/** From the bytes of a component to the result of a call, with nothing known of it: here, and with jco; the fastest round of each. */
export async function firstCall(peers: Peers, rounds: number): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const { name, component, asked, fun, args, withJco } of await cases(peers)) {
    const [ours, jco]: [number[], number[]] = [[], []]
    const warming = warmingOf(component)
    for (let round = -warming; round < rounds; round++) {
      const unseen = renewed(component, round + warming)
      const our = await timed(async () => run(programOf(unseen), fun, args))
      const their = await timed(async () => withJco(instantiator(await transpiled(peers, unseen))()))
      if (round < 0) continue
      ours.push(our)
      jco.push(their)
    }
    const [our, their] = [Math.min(...ours), Math.min(...jco)]
    figures.push({
      what: `first call, ${(component.length / 1e3).toFixed(0)} kB`,
      asked: `≤ ${asked} ms`,
      measured: `${our.toFixed(1)} ms`,
      reached: our <= asked,
      note: `${name}; the median ${median(ours).toFixed(1)} ms; jco ${their.toFixed(1)} ms`,
    })
  }
  return figures
}
