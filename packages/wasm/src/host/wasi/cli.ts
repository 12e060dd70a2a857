import { isCase, type WitValue } from '@ipvm/wit/value'
import { numberAt } from '../argument.ts'
import { GuestExit } from '../exit.ts'
import type { HostInterface } from '../host.ts'
import { func, interfaceOf, list, none, option, own, result, string, tuple, u8 } from '../type.ts'
import { handle, inputName, outputName } from './io.ts'

export const environment: HostInterface = interfaceOf({
  'get-environment': [func({}, list(tuple(string, string))), () => []],
  'get-arguments': [func({}, list(string)), () => []],
  'initial-cwd': [func({}, option(string)), () => none],
})

export const exit: HostInterface = interfaceOf({
  exit: [func({ status: result() }), (_state, args) => endWith(isSuccess(args[0]) ? 0 : undefined)],
  'exit-with-code': [func({ 'status-code': u8 }), (_state, args) => endWith(numberAt(args, 0))],
})

function isSuccess(status: WitValue | undefined): boolean {
  return status !== undefined && isCase(status) && status.case === 0
}

function endWith(status: number | undefined): never {
  throw new GuestExit(status)
}

export const stdin: HostInterface = interfaceOf({ 'get-stdin': [func({}, own(inputName)), () => handle] })
export const stdout: HostInterface = interfaceOf({ 'get-stdout': [func({}, own(outputName)), () => handle] })
export const stderr: HostInterface = interfaceOf({ 'get-stderr': [func({}, own(outputName)), () => handle] })

/** Nothing is a terminal. */
const terminal = (name: string, resource: string): HostInterface =>
  interfaceOf({ [name]: [func({}, option(own(resource))), () => none] })

export const terminalStdin = terminal('get-terminal-stdin', 'wasi:cli/terminal-input#terminal-input')
export const terminalStdout = terminal('get-terminal-stdout', 'wasi:cli/terminal-output#terminal-output')
export const terminalStderr = terminal('get-terminal-stderr', 'wasi:cli/terminal-output#terminal-output')
