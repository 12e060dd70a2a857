import { encodeJson, type Value } from '@ipvm/ipld'
import {
  fromWit,
  isCase,
  nearestExport,
  asksForEffects,
  isSequence,
  printFunction,
  type FunctionType,
  type WitType,
  type ModuleFunctions,
  type WitValue,
} from '@ipvm/wit'
import { isPermanent, type GuestError, type RunFailure, type UnknownFunction } from './failure.ts'
import type { AskedEffects, RunOutcome } from './run.ts'

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
  if (result.kind !== 'result' || !isCase(value)) return asked(result, value, 'result')
  const payload = value.case === 0 ? result.ok : result.error
  const inner =
    payload && value.value !== undefined
      ? value.case === 0
        ? asked(payload, value.value, 'result.ok')
        : converted(fromWit(payload, value.value, 'result.error'))
      : { ok: null }
  return value.case === 0 || 'error' in inner ? inner : failed(guestError(inner.ok))
}

/** A value, and the tasks that come with it where its type asks for effects (wire format § Workflow). */
function asked(type: WitType, value: WitValue, path: string): RunOutcome {
  if (!asksForEffects(type) || !isSequence(value)) return converted(fromWit(type, value, path))
  const part = (name: string) => value[type.fields.findIndex(field => field.name === name)]
  const own = type.fields.find(field => field.name === 'value')
  const [given, fork, join] = [part('value'), part('fork'), part('join')]
  if (!own || given === undefined) throw new TypeError('a record without its fields: lifting has a bug')
  const inner = converted(fromWit(own.type, given, `${path}.value`))
  return 'error' in inner ? inner : { ...inner, fx: tasksOf(fork, join) }
}

function tasksOf(fork: WitValue | undefined, join: WitValue | undefined): AskedEffects {
  const tasks = fork !== undefined && isSequence(fork) ? fork.filter(task => task instanceof Uint8Array) : []
  const last = join !== undefined && isCase(join) ? join.value : undefined
  return { fork: tasks, ...(last instanceof Uint8Array && { join: last }) }
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
