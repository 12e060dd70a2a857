import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IpvmNode } from '@ipvm/node'
import { workflow } from '@ipvm/workflow'
import { type Homestar, runHomestar, startHomestar, task, untilNothingIsLost } from '../homestar.ts'
import { median, timed } from '../measure.ts'
import { openNode, runOurs } from '../ours.ts'
import type { Figure } from './figure.ts'
import { read } from './guests.ts'

const sigma = 6

/**
 * `blur` of one picture, from submission to receipt, the module unknown before: a new node each round, which has added one
 * number; Homestar keeps running and compiles a module for every task by design. Medians of rounds in turns.
 */
export async function wholeTask(rounds: number): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ipvm-bench-'))
  const homestar = await startHomestar(join(folder, 'homestar'))
  const [ours, theirs]: [number[], number[]] = [[], []]
  try {
    for (let round = 0; round < rounds; round++) {
      const node = await openNode(join(folder, `node-${round}`))
      ours.push(await blurHere(node).finally(() => node.close()))
      theirs.push(await untilNothingIsLost(10 * rounds, nonce => blurThere(homestar, nonce)))
    }
  } finally {
    await homestar.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  const [our, their] = [median(ours), median(theirs)]
  return [
    {
      what: 'one task, of Homestar’s time',
      asked: '≤ 1',
      measured: (our / their).toFixed(2),
      reached: our <= their,
      note: `blur of a picture, from submission to receipt: ${our.toFixed(0)} ms, Homestar ${their.toFixed(0)} ms`,
    },
  ]
}

const image = () => read('bench/guests/image-plain.wasm')
const photo = () => read('examples/portrait/portrait.png')

async function blurHere(node: IpvmNode): Promise<number> {
  const addition = await node.put(read('guests/add/add.wasm'))
  const [mod, picture] = [await node.put(image()), await node.put(photo())]
  const one = (name: string, call: Parameters<Parameters<Parameters<typeof workflow>[1]>[0]['task']>[1]) =>
    workflow(name, ({ task: step }) => void step(name, call))
  await runOurs(node, one('add', { mod: addition, fun: 'add-one', params: [1] }))
  return timed(() => runOurs(node, one('blur', { mod, fun: 'blur', params: [picture, sigma] })))
}

async function blurThere(homestar: Homestar, nonce: string): Promise<number> {
  const [mod, picture] = [homestar.put(image()), homestar.put(photo())]
  return timed(() => runHomestar(homestar, [task(mod, 'blur', [{ '/': picture }, sigma], nonce)]))
}
