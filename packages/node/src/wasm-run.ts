import { CID, type Result, type Failure, type Value, type ValueMap } from '@ipvm/ipld'
import type { Context, Execution, PureCommand } from '@ipvm/runtime'
import type { Command } from '@ipvm/ucan'
import { resourceLimits } from '@ipvm/workflow'
import type { WasmPool } from '@ipvm/wasm/pool'
import { profile } from '@ipvm/wasm/profile'

/** The command that runs a function. */
export const wasmCommand: Command = '/wasm/run'

/** `/wasm/run`: one function of a Wasm component or core module, `{mod: link, fun: text, params: [values]}`. */
export function wasmRun(workers: number, pool: () => Promise<WasmPool>): PureCommand {
  return {
    profile,
    // So many for each thread that a thread gets several short ones at a time, and has more to do while this one is busy
    // with receipts or with the disk. Which of them may have large arguments loaded is for the pool to say.
    parallel: 32 * workers,
    runs: ['mod'],
    run: async (args, context) => {
      const call = readCall(args)
      if (!call) return malformed
      return execute(await pool(), call, context)
    },
  }
}

interface Call {
  readonly mod: CID
  readonly fun: string
  readonly params: readonly Value[]
}

function readCall({ mod, fun, params, ...rest }: ValueMap): Call | undefined {
  if (!(mod instanceof CID) || typeof fun !== 'string' || !Array.isArray(params)) return undefined
  return Object.keys(rest).length === 0 ? { mod, fun, params } : undefined
}

const malformed: Execution = {
  out: {
    error: { name: 'MalformedArguments', message: '/wasm/run takes exactly {mod: link, fun: text, params: list}' },
  },
  permanent: false,
}

async function execute(pool: WasmPool, { mod, fun, params }: Call, context: Context): Promise<Execution> {
  const { config, task, signal, loadFile } = context
  const module = { cid: mod, bytes: (): Promise<Result<Uint8Array, Failure>> => loadFile(mod) }
  const { disk: _, ...limits } = resourceLimits(config)
  const seed = task.multihash.digest
  const { outcome, report } = await pool.run({ module, fun, params, limits, seed, loadFile, signal })
  const reported = report && { report }
  if ('ok' in outcome) {
    const { ok, fx } = outcome
    return { out: { ok }, permanent: true, ...(fx && { fx }), ...reported }
  }
  return { out: { error: { ...outcome.error } }, permanent: outcome.permanent, ...reported }
}
