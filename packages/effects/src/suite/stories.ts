import { asValue, isMap, type ValueMap } from '@ipvm/ipld'
import type { Effect } from '@ipvm/runtime'
import { gaps } from './gap.ts'
import type { Ending } from './orders.ts'
import type { OtherSide } from './other-side.ts'
import { afterKill, afterLate, hasGap, type Allowed, type Kind } from './rules.ts'
import type { Trial } from './trial.ts'

/** Tells a story of one effect, with a fresh other side. */
export type TellStory = (name: string, tell: (trial: Trial, other: OtherSide) => Promise<void>) => unknown

/** What is fed to a schema that has to say no or yes, and never throw. */
const oddArguments: readonly unknown[] = [
  ...[undefined, null, 0, Number.NaN, '', 'text', true, [], [[]], {}, { '': 1 }, () => {}, new Uint8Array(3)],
  JSON.parse('{"__proto__":{"a":1},"constructor":1}'),
]

/** An effect says what it is, and its schema answers. */
export async function checkDefinition({ cmd, class: effect, idempotent, local, probe, args }: Effect): Promise<void> {
  demand(/^(\/[a-z0-9._-]+)+$/.test(cmd), `${cmd} is no command: write segments of small letters, such as /shop/order`)
  demand(effect === 'mutation' || !probe, `${cmd}: a query needs no probe, it is asked again`)
  demand(effect === 'mutation' || !idempotent, `${cmd}: "idempotent" says something of mutations alone`)
  demand(effect === 'mutation' || local !== true, `${cmd}: a query changes nothing, not even the node's own store`)
  for (const odd of oddArguments) await args['~standard'].validate(odd)
}

/** Its process is killed in each gap, and another one goes on with it. */
export function killStories(story: TellStory, kind: Kind): void {
  for (const gap of gaps.filter(known => hasGap(kind, known))) {
    story(`killed ${gap}`, async (trial, other) => {
      demand(await trial.killed({ gap }), `its process never came by ${gap}; does it succeed with these arguments?`)
      const [ending] = await trial.run({ what: 'run' })
      await hold(afterKill(kind, gap), ending, trial, other)
    })
  }
}

/** It is asked for again, or nobody hears that it was done. */
export function deliveryStories(story: TellStory, kind: Kind): void {
  story('done, and its answer comes when its time is over', async (trial, other) => {
    const [ending] = await trial.run({ what: 'run', late: true })
    await hold(afterLate(kind), ending, trial, other)
  })
  if (kind === 'query') return
  story('asked for by two runs under one name, it is done once', async (trial, other) => {
    for (const ending of await trial.run({ what: 'twice' })) demandGood(ending)
    await demandDone(1, trial, other)
  })
  story('asked for by two runs under a name of each, it is done twice', async (trial, other) => {
    for (const ending of await trial.run({ what: 'both' })) demandGood(ending)
    await demandDone(2, trial, other)
  })
  if (kind !== 'idempotent') return
  story('called twice under one key, it is done once', async (trial, other) => {
    for (const ending of await trial.run({ what: 'again' })) demandGood(ending)
    await demandDone(1, trial, other)
  })
}

/** It keeps to its schema, stops, and says what follows from a failure. */
export function callStories(story: TellStory, kind: Kind, { args: schema }: Effect): void {
  story('refuses arguments that do not fit, and does nothing', async (trial, other) => {
    demand(other.refused.length > 0, 'give it some arguments that are to be refused')
    for (const args of other.refused) {
      const checked = await schema['~standard'].validate(args)
      demand(checked.issues !== undefined, `its schema takes ${JSON.stringify(args)}`)
    }
    const [args] = other.refused.flatMap(mapsIn)
    const [ending] = args ? await trial.run({ what: 'run', args }) : []
    demand(!ending || ending.error === 'MalformedArguments', `with wrong arguments it was called: ${said(ending)}`)
    await demandDone(0, trial, other)
  })
  story('stops when it is told to', async (trial, other) => {
    await other.stall?.()
    const [ending] = await trial.run({ what: 'abort' })
    demand(
      ending?.end !== 'hangs',
      'its signal was aborted, and it went on for 5 s: give the signal to what it waits for',
    )
  })
  story('where nobody is there, says what follows from that', async (trial, other) => {
    if (!other.leave) return
    await other.leave()
    const [ending] = await trial.run({ what: 'call' })
    const { verdict } = ending ?? {}
    demand(verdict !== undefined, 'nobody was there, and it succeeded')
    demand(
      verdict !== 'thrown',
      `it threw, of which nobody can say whether it was done; give a verdict: ${said(ending)}`,
    )
    demand(verdict !== 'final', `it will never be tried again: "final" is an answer of the other side: ${said(ending)}`)
    const isOnce = kind === 'once' || kind === 'probed'
    demand(
      !isOnce || verdict === 'again',
      `nothing was done, and a person would be asked: say "again": ${said(ending)}`,
    )
    await demandDone(0, trial, other)
  })
}

/** A task has a map of arguments; what is none cannot be asked for. */
function mapsIn(args: unknown): readonly ValueMap[] {
  const read = asValue(args)
  return 'ok' in read && isMap(read.ok) ? [read.ok] : []
}

async function hold(allowed: readonly Allowed[], ending: Ending | undefined, trial: Trial, other: OtherSide) {
  const done = await trial.look(store => other.done(store))
  const holds = allowed.some(one => one.end === ending?.end && one.done === done)
  const wanted = allowed.map(({ end, done: times }) => `"${end}", done ${times}×`).join(', or ')
  demand(holds, `its run is ${said(ending)}, done ${done}×; by its class it has to be ${wanted}`)
}

function demandGood(ending: Ending): void {
  demand(ending.end === 'ok', `its run is ${said(ending)}`)
}

async function demandDone(wanted: number, trial: Trial, other: OtherSide): Promise<void> {
  const done = await trial.look(store => other.done(store))
  demand(done === wanted, `it was done ${done}× and not ${wanted}×`)
}

function said(ending: Ending | undefined): string {
  if (!ending) return 'nowhere'
  const { end, error, message } = ending
  return error === undefined ? `"${end}"` : `"${end}" (${error}: ${message ?? ''})`
}

/** An effect does not keep its contract. */
class BrokenContract extends Error {
  override readonly name = 'BrokenContract'
}

function demand(holds: boolean, message: string): asserts holds {
  if (!holds) throw new BrokenContract(message)
}
