import type { Effect } from '@ipvm/runtime'
import type { Store } from '@ipvm/store'
import type { Killer } from './killer.ts'
import { say } from './say.ts'

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
