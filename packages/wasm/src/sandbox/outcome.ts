import { encodeJson, type Value } from '@ipvm/ipld'
import {
  fromWit,
  isCase,
  nearestExport,
  printFunction,
  type FunctionType,
  type ModuleFunctions,
  type WitValue,
} from '@ipvm/wit'
import { isPermanent, type GuestError, type RunFailure, type UnknownFunction } from './failure.ts'
import type { RunOutcome } from './run.ts'

const shownCharactersMax = 200
const shownFunctionsMax = 20

/** A failure as an outcome. */
export function failed(failure: RunFailure): RunOutcome {
  return { error: failure, permanent: isPermanent(failure) }
}

/** What a function returned, as an outcome: a WIT `result` at the top is the outcome itself. */
export function returned(type: FunctionType, value: WitValue | undefined): RunOutcome {
  const { result } = type
  if (!result || value === undefined) return { ok: null }
  if (result.kind !== 'result' || !isCase(value)) return converted(fromWit(result, value, 'result'))
  const payload = value.case === 0 ? result.ok : result.error
  const inner =
    payload && value.value !== undefined
      ? converted(fromWit(payload, value.value, value.case === 0 ? 'result.ok' : 'result.error'))
      : { ok: null }
  return value.case === 0 || 'error' in inner ? inner : failed(guestError(inner.ok))
}

function converted(result: ReturnType<typeof fromWit>): RunOutcome {
  return 'error' in result ? failed(result.error) : result
}

function guestError(value: Value): GuestError {
  const text = typeof value === 'string' ? value : value === null ? '' : `: ${shorten(encodeJson(value))}`
  const message = typeof value === 'string' ? text : `the function returned an error${text}`
  return { name: 'GuestError', message, value }
}

/** There is no such function, or none that can be called: what there is, and what may have been meant. */
export function unknownFunction({ functions, withheld }: ModuleFunctions, spelling: string): UnknownFunction {
  const known = withheld.find(({ name }) => name === spelling)
  if (known)
    return {
      name: 'UnknownFunction',
      message: `the function ${shorten(spelling)} cannot be called: it ${known.reason}`,
    }
  const nearest = nearestExport(functions, spelling)
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`
  const list = functions.slice(0, shownFunctionsMax).map(({ name, type }) => shorten(printFunction(name, type)))
  const more = functions.length > list.length ? `; and ${functions.length - list.length} more` : ''
  const there = list.length === 0 ? 'it exports no functions' : `it has ${list.join('; ')}${more}`
  return { name: 'UnknownFunction', message: `the module has no function ${shorten(spelling)}${hint} (${there})` }
}

function shorten(text: string): string {
  return text.length > shownCharactersMax ? `${text.slice(0, shownCharactersMax)}…` : text
}
