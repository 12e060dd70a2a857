import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import { addressBytes, isWithin, readPrefix, type Prefix } from './address.ts'
import { specialKind } from './special.ts'

/** An entry of `egress.private` is not one; the message says how one is written. */
export interface MalformedException extends Failure {
  readonly name: 'MalformedException'
}

/** Private places that this node's owner opens: addresses of a range, at a port or at all. */
export interface Exception {
  readonly prefix: Prefix
  readonly port: number | 'any'
}

/** Reads `127.0.0.1:8080`, `10.0.0.0/8:443`, `[fd00::]/8:443`, `[::1]:*`. */
export function readException(text: string): Result<Exception, MalformedException> {
  const [, v6, v6Bits, v4, port] = /^(?:\[([\da-f:.]+)\](\/\d+)?|([\d.]+(?:\/\d+)?)):(\d{1,5}|\*)$/i.exec(text) ?? []
  const prefix = readPrefix(v4 ?? `${v6 ?? ''}${v6Bits ?? ''}`)
  if (!prefix || port === undefined || Number(port) > 65_535) {
    const message = `"${text}" is no private place; write an address or a range and a port, such as 127.0.0.1:8080, 10.0.0.0/8:443, [fd00::]/8:443, or * for any port`
    return error({ name: 'MalformedException', message })
  }
  return ok({ prefix, port: port === '*' ? 'any' : Number(port) })
}

/** Why an address may not be dialled at a port; nothing where it may. */
export function refusedAddress(text: string, port: number, exceptions: readonly Exception[]): string | undefined {
  const address = addressBytes(text)
  if (!address) return 'no address'
  const kind = specialKind(address)
  if (kind === undefined) return undefined
  const isOpen = exceptions.some(one => (one.port === 'any' || one.port === port) && isWithin(address, one.prefix))
  return isOpen ? undefined : kind
}
