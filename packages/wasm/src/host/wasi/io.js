import { trap } from '../../abi/trap.js'
import { streamWriteBytesMax } from '../../limits.js'
import { bigintAt, bytesAt } from '../argument.js'
import { chargeBytes } from '../host.js'
import {
  bool,
  borrow,
  bytes,
  errorOf,
  func,
  interfaceOf,
  list,
  okOf,
  own,
  result,
  string,
  u32,
  u64,
  unreachable,
  variant,
} from '../type.js'
export const errorName = 'wasi:io/error#error'
export const pollableName = 'wasi:io/poll#pollable'
export const inputName = 'wasi:io/streams#input-stream'
export const outputName = 'wasi:io/streams#output-stream'
/** Handles carry no state: there is one input, which is empty, all outputs are the log, and every pollable is ready. */
export const handle = 0
export const error = interfaceOf({
  '[method]error.to-debug-string': [func({ self: borrow(errorName) }, string), unreachable],
})
const pollable = borrow(pollableName)
export const poll = interfaceOf({
  '[method]pollable.ready': [func({ self: pollable }, bool), () => true],
  '[method]pollable.block': [func({ self: pollable }), () => undefined],
  poll: [func({ in: list(pollable) }, list(u32)), (state, args) => allReady(state, args[0])],
})
function allReady(state, pollables) {
  const count = Array.isArray(pollables) ? pollables.length : 0
  if (count === 0) trap('poll was asked about nothing')
  chargeBytes(state, count * 4)
  return Uint32Array.from({ length: count }, (_, i) => i)
}
const streamError = variant({ 'last-operation-failed': own(errorName), closed: undefined })
const closed = errorOf({ case: 1 })
const input = borrow(inputName)
const output = borrow(outputName)
function reading(ok) {
  return [func({ self: input, len: u64 }, result(ok, streamError)), () => closed]
}
const subscribing = self => [func({ self }, own(pollableName)), () => handle]
/** Bytes to the log. More at once than was permitted is a trap, as the interface says. */
function write(state, args) {
  const content = bytesAt(args, 1)
  checkPermitted(BigInt(content.length))
  chargeBytes(state, content.length)
  state.log.write(content)
  return okOf()
}
function writeZeroes(state, args) {
  const length = bigintAt(args, 1)
  checkPermitted(length)
  chargeBytes(state, Number(length))
  state.log.write(new Uint8Array(Number(length)))
  return okOf()
}
function checkPermitted(length) {
  if (length > streamWriteBytesMax) {
    trap(`it wrote ${length} bytes to a stream at once, where ${streamWriteBytesMax} are permitted`)
  }
}
const writing = func({ self: output, contents: bytes }, result(undefined, streamError))
const flushing = func({ self: output }, result(undefined, streamError))
const zeroing = func({ self: output, len: u64 }, result(undefined, streamError))
const splicing = func({ self: output, src: input, len: u64 }, result(u64, streamError))
export const streams = interfaceOf({
  '[method]input-stream.read': reading(bytes),
  '[method]input-stream.blocking-read': reading(bytes),
  '[method]input-stream.skip': reading(u64),
  '[method]input-stream.blocking-skip': reading(u64),
  '[method]input-stream.subscribe': subscribing(input),
  '[method]output-stream.check-write': [
    func({ self: output }, result(u64, streamError)),
    () => okOf(BigInt(streamWriteBytesMax)),
  ],
  '[method]output-stream.write': [writing, write],
  '[method]output-stream.blocking-write-and-flush': [writing, write],
  '[method]output-stream.flush': [flushing, () => okOf()],
  '[method]output-stream.blocking-flush': [flushing, () => okOf()],
  '[method]output-stream.subscribe': subscribing(output),
  '[method]output-stream.write-zeroes': [zeroing, writeZeroes],
  '[method]output-stream.blocking-write-zeroes-and-flush': [zeroing, writeZeroes],
  // There is nothing to read, so that nothing is moved.
  '[method]output-stream.splice': [splicing, () => closed],
  '[method]output-stream.blocking-splice': [splicing, () => closed],
})
//# sourceMappingURL=io.js.map
