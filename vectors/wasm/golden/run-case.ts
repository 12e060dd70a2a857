import { cidOf, codec, decodeJson, encodeJson, type Value } from '@ipvm/ipld'
import { failed, hostFunction, invoke, prepare, returned, type RunOutcome } from '@ipvm/wasm'
import { paramsToWit, resolveExport } from '@ipvm/wit'

/** One call whose outcome has to be the same on every engine. */
export interface Call {
  /** The path of a component, from the root of the repository. */
  readonly guest: string
  readonly fun: string
  /** The arguments, in DAG-JSON. */
  readonly params: unknown
  /** Quotas other than the usual ones. */
  readonly gas?: number
  readonly memory?: number
}

/** What came of a call: all of this has to be the same on every engine. */
export interface Ran {
  readonly outcome: unknown
  readonly usage?: unknown
  readonly log?: string
}

/** Results longer than this are kept as their hash, characters of DAG-JSON. */
const shownMax = 500

const quotas = { gas: 1e10, memory: 64 * 1024 * 1024, output: 2 ** 28 }
const seed = new Uint8Array(32)

/** Makes a call from the component's bytes, in this thread. */
export function runCase(bytes: Uint8Array, { fun, params, gas, memory }: Call): Ran {
  const prepared = prepare(bytes)
  if ('error' in prepared) return { outcome: print(failed(prepared.error)) }
  const program = prepared.ok
  const found = resolveExport(program.functions, fun)
  const values = decodeJson(JSON.stringify(params))
  if (!found || 'error' in values || !Array.isArray(values.ok)) throw new TypeError(`${fun} cannot be called so`)
  const args = paramsToWit(found.name, found.type, values.ok, () => undefined)
  if ('error' in args) return { outcome: print(failed(args.error)) }
  const limits = { ...quotas, ...(gas !== undefined && { gas }), ...(memory !== undefined && { memory }) }
  const invocation = { fun: found.name, args: args.ok, quotas: limits, seed }
  const { result, usage, log } = invoke(program, invocation, hostFunction)
  return { outcome: print('error' in result ? failed(result.error) : returned(found.type, result.ok)), usage, log }
}

/** An outcome as JSON. */
function print(outcome: RunOutcome): unknown {
  if ('ok' in outcome) return { ok: shorten(outcome.ok) }
  const { name, message } = outcome.error
  return { error: { name, message }, permanent: outcome.permanent }
}

function shorten(value: Value): unknown {
  const text = encodeJson(value)
  // A number of 64 bits would lose its last ones in JSON.
  if (text.length <= shownMax) return JSON.stringify(JSON.parse(text)) === text ? JSON.parse(text) : { text }
  return { characters: text.length, hash: String(cidOf(codec.raw, new TextEncoder().encode(text))) }
}
