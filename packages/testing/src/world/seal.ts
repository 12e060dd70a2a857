import { decode, isMap, type Value, type ValueMap } from '@ipvm/ipld'
import { isSealed, sealedKey, type Seal } from '@ipvm/runtime'
import type { Outcome } from '@ipvm/ucan'

const mask = 0xa5

/** A seal that the checkers see through, and that no reader of plain text does. */
export const simulatedSeal: Seal = {
  seal: async bytes => masked(bytes),
  open: async sealed => ({ ok: masked(sealed) }),
}

function masked(bytes: Uint8Array): Uint8Array {
  return bytes.map(byte => byte ^ mask)
}

/** An outcome with what is sealed of it opened. */
export function openedOutcome(out: Outcome): Outcome {
  if ('ok' in out) return { ok: openedValue(out.ok) }
  const { value, ...error } = out.error
  const opened = isSealed(value) ? openedValue(value) : null
  if (!isMap(opened)) return out
  return { error: { ...error, ...opened, name: error.name, message: String(opened.message) } }
}

/** Arguments with what is sealed of them opened: values, and errors. */
export function openedArgs(args: ValueMap): ValueMap {
  return Object.fromEntries(Object.entries(args).map(([key, value]) => [key, openedValue(value)]))
}

function openedValue(value: Value): Value {
  if (isSealed(value)) {
    const sealed = value[sealedKey]
    const opened = sealed instanceof Uint8Array ? decode(masked(sealed)) : undefined
    return opened && 'ok' in opened ? opened.ok : value
  }
  if (Array.isArray(value)) return value.map(openedValue)
  if (!isMap(value)) return value
  const { name, message } = value
  if (typeof name === 'string' && typeof message === 'string' && isSealed(value.value)) {
    const opened = openedOutcome({ error: { ...value, name, message } })
    return 'error' in opened ? opened.error : value
  }
  return openedArgs(value)
}
