import { isCase } from '@ipvm/wit/value'
import { numberAt } from '../argument.js'
import { GuestExit } from '../exit.js'
import { func, interfaceOf, list, none, option, own, result, string, tuple, u8 } from '../type.js'
import { handle, inputName, outputName } from './io.js'
export const environment = interfaceOf({
  'get-environment': [func({}, list(tuple(string, string))), () => []],
  'get-arguments': [func({}, list(string)), () => []],
  'initial-cwd': [func({}, option(string)), () => none],
})
export const exit = interfaceOf({
  exit: [func({ status: result() }), (_state, args) => endWith(isSuccess(args[0]) ? 0 : undefined)],
  'exit-with-code': [func({ 'status-code': u8 }), (_state, args) => endWith(numberAt(args, 0))],
})
function isSuccess(status) {
  return status !== undefined && isCase(status) && status.case === 0
}
function endWith(status) {
  throw new GuestExit(status)
}
export const stdin = interfaceOf({ 'get-stdin': [func({}, own(inputName)), () => handle] })
export const stdout = interfaceOf({ 'get-stdout': [func({}, own(outputName)), () => handle] })
export const stderr = interfaceOf({ 'get-stderr': [func({}, own(outputName)), () => handle] })
/** Nothing is a terminal. */
const terminal = (name, resource) => interfaceOf({ [name]: [func({}, option(own(resource))), () => none] })
export const terminalStdin = terminal('get-terminal-stdin', 'wasi:cli/terminal-input#terminal-input')
export const terminalStdout = terminal('get-terminal-stdout', 'wasi:cli/terminal-output#terminal-output')
export const terminalStderr = terminal('get-terminal-stderr', 'wasi:cli/terminal-output#terminal-output')
//# sourceMappingURL=cli.js.map
