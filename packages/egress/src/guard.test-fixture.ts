import type { Failure, Result } from '@ipvm/ipld'
import { afterAll } from 'vitest'
import {
  createEgress,
  readException,
  serversResolve,
  type EgressFailure,
  type EgressParts,
  type EgressRequest,
} from './index.ts'

const closing: (() => unknown)[] = []
afterAll(() => Promise.all(closing.map(close => close())))

/** Closes something when the tests of a file are over. */
export function closedLater<T extends { close(): unknown }>(one: T): T {
  closing.push(() => one.close())
  return one
}

/** A guard that opens these private places alone. */
export function guardOf(open: readonly string[], names?: string, more: Partial<EgressParts> = {}) {
  const egress = closedLater(
    createEgress({
      after: (milliseconds, callback) => {
        const timer = setTimeout(callback, milliseconds)
        return () => clearTimeout(timer)
      },
      exceptions: open.map(text => good(readException(text))),
      ...(names !== undefined && { resolve: serversResolve([names]) }),
      ...more,
    }),
  )
  return {
    egress,
    ask: (url: string, request: Partial<EgressRequest> = {}) =>
      egress.request({
        ...{ method: 'GET', url, allows: () => true, bytesMax: 100_000, redirectsMax: 5 },
        signal: new AbortController().signal,
        ...request,
      }),
  }
}

/** The value of a result that has to be good. */
export function good<T>(result: Result<T, Failure>): T {
  if ('error' in result) throw new Error(`${result.error.name}: ${result.error.message}`)
  return result.ok
}

/** The failure of a result that has to be one. */
export function bad<T>(result: Result<T, EgressFailure>): EgressFailure {
  if ('ok' in result) throw new Error('it went well')
  return result.error
}
