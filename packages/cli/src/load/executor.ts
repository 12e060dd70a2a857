import { homeOf } from '@ipvm/node'
import { claimantOf } from '@ipvm/store/sqlite'
import type { Call } from '../command.ts'

/** The process that runs the workflows of the call's node; undefined where none does. */
export function executorOf({ home }: Pick<Call, 'home'>): string | undefined {
  return claimantOf(homeOf(home).store)
}
