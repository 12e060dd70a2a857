import { listBytesMax } from '../../limits.ts'
import { trap } from '../../abi/trap.ts'
import { bigintAt } from '../argument.ts'
import type { HostInterface, HostState } from '../host.ts'
import { RandomStream } from '../random.ts'
import { bytes, func, interfaceOf, tuple, u64 } from '../type.ts'

/** Units for a byte of the stream: making it costs about as much as a guest's own loop over it would. */
const unitsPerByte = 8

function take(state: HostState, stream: RandomStream, length: bigint): Uint8Array {
  if (length > listBytesMax) trap(`it asked for ${length} random bytes, where at most ${listBytesMax} can be passed`)
  state.charge(Number(length) * unitsPerByte)
  return stream.take(Number(length))
}

function takeU64(state: HostState, stream: RandomStream): bigint {
  state.charge(8 * unitsPerByte)
  return stream.takeU64()
}

export const random: HostInterface = interfaceOf({
  'get-random-bytes': [func({ len: u64 }, bytes), (state, args) => take(state, state.random, bigintAt(args, 0))],
  'get-random-u64': [func({}, u64), state => takeU64(state, state.random)],
})

export const insecure: HostInterface = interfaceOf({
  'get-insecure-random-bytes': [
    func({ len: u64 }, bytes),
    (state, args) => take(state, state.insecure, bigintAt(args, 0)),
  ],
  'get-insecure-random-u64': [func({}, u64), state => takeU64(state, state.insecure)],
})

/** The same pair at every call: a seed of hash maps is asked for once, and may as well be asked for twice. */
export const insecureSeed: HostInterface = interfaceOf({
  'insecure-seed': [
    func({}, tuple(u64, u64)),
    state => {
      const stream = new RandomStream(state.seed, 'wasi:random/insecure-seed')
      return [takeU64(state, stream), takeU64(state, stream)]
    },
  ],
})
