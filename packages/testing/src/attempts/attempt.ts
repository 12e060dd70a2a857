import { Random } from '../world/random.ts'
import { lateLacks } from './chain.ts'
import { drawDeed, type Form } from './deed.ts'
import { AttemptNode } from './node.ts'
import { termsOf, type Lack } from './terms.ts'
import type { Way } from './way.ts'
import { documentWays } from './ways/documents.ts'
import { eventWays } from './ways/events.ts'
import { foreignWays } from './ways/foreign.ts'
import { guestWays } from './ways/guests.ts'
import { runWays } from './ways/runs.ts'

/** All ways to a deed, by their names. */
export const ways: Readonly<Record<string, Way>> = {
  ...named('document', documentWays),
  ...named('guest', guestWays),
  ...named('promise', foreignWays),
  ...named('run', runWays),
  ...named('event', eventWays),
}

function named(group: string, some: Readonly<Record<string, Way>>): Record<string, Way> {
  return Object.fromEntries(Object.entries(some).map(([name, way]) => [`${group}: ${name}`, way]))
}

/** What came of one attempt. */
export interface Attempted {
  readonly number: number
  readonly way: string
  readonly lack: string
  /** How often the deed was done that nobody may have done. */
  readonly unauthorised: number
  /** How often the same was done where nothing was lacking. */
  readonly authorised: number
  /** What went wrong with the attempt itself. */
  readonly problem?: string
  /** The id of the deed that was not to be done, and how often it was rightly done before. */
  readonly id: string
  readonly before: number
}

/** One attempt of a seed: a deed by a way on which something is lacking; and the same where nothing is. */
export async function attempt(node: AttemptNode, seed: number, number: number): Promise<Attempted> {
  const random = new Random(seed, `attempt ${number}`)
  const name = random.pick(Object.keys(ways))
  const way = ways[name]
  if (!way) throw new Error('it is one of them')
  const { own = [], lacks } = way
  const at = random.below(lacks.length + own.length)
  const lack = lacks[at]
  const ofWay = own[at - lacks.length]
  const draw = { seed, number, way }
  try {
    const right = await have(node, { ...draw, id: `${number} may`, lack: undefined, own: undefined, as: lack })
    const wrong = await have(node, { ...draw, id: `${number} not`, lack, own: ofWay, as: lack })
    const what = { number, way: name, lack: lack ?? ofWay ?? '', id: `${number} not`, before: wrong.before }
    return { ...what, unauthorised: wrong.done, authorised: right.done }
  } catch (thrown) {
    const problem = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
    const what = { number, way: name, lack: lack ?? ofWay ?? '', id: '', before: 0 }
    return { ...what, unauthorised: 0, authorised: 0, problem }
  }
}

interface Drawn {
  readonly seed: number
  readonly number: number
  readonly way: Way
  readonly id: string
  /** What is lacking. */
  readonly lack: Lack | undefined
  readonly own: string | undefined
  /** What is lacking in the one of the two where something is: both are drawn alike. */
  readonly as: Lack | undefined
}

async function have(node: AttemptNode, { seed, number, way, id, lack, own, as }: Drawn) {
  const random = new Random(seed, `deed ${number}`)
  const isLate = lateLacks.some(late => late === as)
  const form: Form = isLate && way.forms.includes('gate') ? 'gate' : random.pick(way.forms)
  const deed = drawDeed(id, form, random, way.mutations === true)
  const isOnly = way.only ?? (as?.startsWith('only') === true || random.chance(0.2))
  const isOwn = way.asker === undefined ? mayBeBobs(as, isOnly) && random.chance(0.5) : way.asker === 'bob'
  let before = 0
  const fromNow = () => {
    before = node.deeds.times(id)
  }
  const prepared = way.prepare({ node, deed, random, own, fromNow })
  const asked = prepared.asked ?? { depth: 1, tasks: 1 }
  const terms = await termsOf(node, { deed, isOwn, isOnly, asked, lack }, random)
  node.deeds.gates.set(id, terms.midway)
  await prepared.run(terms)
  node.deeds.gates.delete(id)
  return { done: node.deeds.times(id) - before, before }
}

/** Whether Bob can lack it, whose node it is. */
function mayBeBobs(lack: Lack | undefined, isOnly: boolean): boolean {
  if (lack === undefined) return isOnly
  if (lack.startsWith('request')) return true
  return lack.startsWith('only') || lack.startsWith('fx')
}

/** How many attempts one node sees: what some have left is there for others. */
export const attemptsPerNode = 50

/** Makes attempts of a seed, on a node that sees them all. What is done later than it seems is found at the end. */
export async function attemptsOn(seed: number, numbers: readonly number[]): Promise<readonly Attempted[]> {
  const node = new AttemptNode()
  await node.open()
  const made: Attempted[] = []
  for (const number of numbers) made.push(await attempt(node, seed, number))
  await node.close()
  return made.map(one => (one.id === '' ? one : { ...one, unauthorised: node.deeds.times(one.id) - one.before }))
}

/** What is wrong with an attempt; nothing, where it failed as it should, and could have done it. */
export function complaint({ unauthorised, authorised, problem }: Attempted): string | undefined {
  if (problem !== undefined) return problem
  if (unauthorised > 0) return `it was done ${unauthorised} times, and nobody may have it done`
  return authorised === 0 ? 'it was not done where nothing was lacking: the attempt proves nothing' : undefined
}
