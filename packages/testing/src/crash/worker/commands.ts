import type { PureCommand } from '@ipvm/runtime'
import type { Command, Outcome } from '@ipvm/ucan'
import type { ValueMap } from '@ipvm/ipld'
import { add, fail } from '../workflows/arithmetic.ts'

/** Pure commands without a guest: what is tested is what happens around them. */
export const testCommands: Readonly<Record<Command, PureCommand>> = {
  '/test/add': pure(add),
  '/test/fail': pure(fail),
}

/** `/wasm/run`, with threads of its own; read only where it is needed, since a worker is to start soon. */
export async function guestCommands(): Promise<{ readonly commands: typeof testCommands; close(): Promise<void> }> {
  const [{ wasmCommand, wasmRun }, { createPool }] = await Promise.all([
    import('@ipvm/node'),
    import('@ipvm/wasm/pool'),
  ])
  const pool = createPool({ workers: 1 })
  return { commands: { [wasmCommand]: wasmRun(1, async () => pool) }, close: () => pool.close() }
}

function pure(give: (args: ValueMap) => Outcome): PureCommand {
  return {
    profile: 'test/1',
    runs: ['mod'],
    parallel: 8,
    run: async (args, { signal }) => {
      // Others have their turn in between, as they have while a guest runs.
      await new Promise(resolve => setImmediate(resolve))
      signal.throwIfAborted()
      return { out: give(args), permanent: true }
    },
  }
}
