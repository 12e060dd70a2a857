import { writeSync } from 'node:fs'
import type { Effect } from '@ipvm/runtime'
import type { Store } from '@ipvm/store'
import type { InnerPoint, KillPoint } from '../kill-point.ts'
import type { Line } from './line.ts'

/** Says a line, which is out when this returns, whatever happens next. */
export function say(line: Line): void {
  writeSync(1, `${JSON.stringify(line)}\n`)
}

/** Kills this process at its kill point, and counts how often each point was passed. */
export class Killer {
  readonly #point: KillPoint | undefined
  readonly #passed = new Map<InnerPoint, number>()

  constructor(point: KillPoint | undefined) {
    this.#point = point
  }

  /** How often this point was passed. */
  passed(at: InnerPoint): number {
    return this.#passed.get(at) ?? 0
  }

  pass(at: InnerPoint): void {
    const nth = this.passed(at) + 1
    this.#passed.set(at, nth)
    if (this.#point?.at !== at || this.#point.nth !== nth) return
    say({ type: 'killing', at, nth })
    process.kill(process.pid, 'SIGKILL')
    // The signal comes at once, but not before this call is over.
    for (;;);
  }
}

/** A store that says what it is given, and passes the kill points of each commit. */
export function watchStore(store: Store, killer: Killer): Store {
  return {
    ...store,
    commit: async change => {
      killer.pass('before handing over')
      const number = killer.passed('before handing over')
      const { intents = [], concluded = [] } = change
      say({
        type: 'committing',
        number,
        intents: intents.map(({ task }) => task.toString()),
        concluded: concluded.map(task => task.toString()),
      })
      const written = store.commit(change)
      killer.pass('after handing over')
      await written
      killer.pass('before the word')
      say({ type: 'committed', number })
      // By then whoever waits has heard of it.
      setImmediate(() => killer.pass('after the word'))
    },
  }
}

/** An effect that says when it is called, and passes the kill points of each call. */
export function watchEffect<Args>(effect: Effect<Args>, killer: Killer): Effect<Args> {
  return {
    ...effect,
    run: async (args, context) => {
      const task = context.task.toString()
      say({ type: 'calling', task, attempt: context.attempt })
      killer.pass('before the call')
      const outcome = effect.run(args, context)
      // It goes out after this turn; some turns later it is on its way, has arrived, or is answered.
      let turns = killer.passed('before the call') % 5
      const turn = () => (turns-- > 0 ? setImmediate(turn) : killer.pass('during the call'))
      turn()
      try {
        const ended = await outcome
        killer.pass('after the call')
        say({ type: 'called', task, outcome: 'ok' in ended ? 'ok' : ended.verdict })
        return ended
      } catch (thrown) {
        say({ type: 'called', task, outcome: 'thrown' })
        throw thrown
      }
    },
  }
}
