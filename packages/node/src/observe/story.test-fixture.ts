import { nameOf } from '@ipvm/ipld'
import type { Happening, Observer } from '@ipvm/runtime'
import type { RunState, Settlement } from '@ipvm/store'
import { bob } from '@ipvm/testing'
import { issueReceipt, type Outcome } from '@ipvm/ucan'
import { defaultConfig, type EffectClass, type PlacedTask } from '@ipvm/workflow'

/** The run of the story. */
export const run = nameOf('run of the story')

function placed(label: string, effect: EffectClass, awaits: readonly number[], secret = false): PlacedTask {
  const cmd = { pure: '/wasm/run', query: '/http/get', mutation: '/http/post' } as const
  const task = { cmd: cmd[effect], args: {}, nonce: new Uint8Array(0) }
  const known = { foreign: [], afterMutation: false, handled: false, standby: false, idempotent: false }
  return { label, name: nameOf(label), task, class: effect, config: defaultConfig, awaits, secret, ...known }
}

const layout = {
  tasks: [
    placed('fetch', 'query', []),
    placed('draw', 'pure', [0]),
    placed('known', 'pure', []),
    placed('my-password', 'query', [], true),
    placed('send', 'mutation', [1]),
  ],
}

const state: RunState = {
  run,
  invocation: run,
  delegations: [],
  workflow: nameOf('workflow'),
  name: 'newsletter',
  tasks: 5,
  at: 1_767_225_600,
  owner: '7',
  seq: 0,
  suspended: false,
  cancelling: false,
}

const failure = { name: 'Refused', message: 'the server said 403 to hunter2' }
const amounts = { gas: 1234, memory: 1, output: 1, disk: 1, time: 5 }

async function settled(label: string, how: Settlement, out: Outcome, gas?: number): Promise<Happening> {
  const receipt = await issueReceipt({ ran: nameOf(label), out, exp: null, ...(gas !== undefined && { gas }) }, bob)
  const report = gas === undefined ? {} : { report: { used: { ...amounts, gas }, limits: amounts, log: '' } }
  return { type: 'settled', label, task: nameOf(label), how, receipt, milliseconds: 20, ...report }
}

/** A run in which most things happen: a retry, a memo hit, a secret that fails, and a mutation of which nobody knows. */
export async function tellStory(observer: Observer, meta = {}): Promise<void> {
  observer.opened({ state, layout, meta })
  const running = (label: string) => ({ type: 'running', label, task: nameOf(label) }) as const
  const cause = { name: 'Unreachable', message: 'no answer from hunter2' }
  const retrying = { type: 'retrying', task: nameOf('x'), attempt: 1, cause, due: 0 } as const
  const events: Happening[] = [
    running('fetch'),
    { ...retrying, label: 'fetch' },
    running('my-password'),
    { ...retrying, label: 'my-password' },
    await settled('fetch', 'ran', { ok: 1 }),
    running('draw'),
    await settled('draw', 'ran', { ok: 2 }, 1234),
    await settled('known', 'reused', { ok: 3 }, 999),
    await settled('my-password', 'failed', { error: failure }),
    running('send'),
    { type: 'unknown', label: 'send', task: nameOf('send'), cause },
    await settled('send', 'failed', { error: failure }),
    { type: 'ended', end: 'failed' },
  ]
  for (const [i, event] of events.entries()) observer.event({ run, seq: i, at: 1_767_225_600_000 + 10 * i, ...event })
  observer.committed(3)
  observer.closed(run)
}
