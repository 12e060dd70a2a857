import type { Settled } from '../engine/executor.ts'
import type { RunTask } from '../run/task.ts'

/**
 * Does a task that was asked for, within what is left of the gas of all that come of one grant. Nothing, where no more is
 * left than it would use. What was known before counts as if it had been run now, so that it makes no difference.
 */
export async function lentGas(
  { family, place, asker }: RunTask,
  settle: (gas: number) => Promise<Settled>,
  signal: AbortSignal,
): Promise<Settled | undefined> {
  const { gas } = place.config
  if (!family || !asker) return settle(gas)
  const lent = await family.gas.lend(gas, signal)
  if (lent === 0) return undefined
  let used = 0
  try {
    const settled = await settle(lent)
    const { out, exp, gas: spent = 0 } = settled.receipt
    const isOut = 'error' in out && exp !== null && out.error.name === 'OutOfGas'
    used = isOut ? lent : spent
    return (isOut && lent < gas) || spent > lent ? undefined : settled
  } finally {
    family.gas.giveBack(lent, used)
  }
}
