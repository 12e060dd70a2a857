import { listBytesMax } from '../../limits.js'
import { trap } from '../../abi/trap.js'
import { bigintAt } from '../argument.js'
import { RandomStream } from '../random.js'
import { bytes, func, interfaceOf, tuple, u64 } from '../type.js'
const randomLabel = 'wasi:random/random'
const insecureLabel = 'wasi:random/insecure'
/** Units for a byte of the stream: hashing takes the host about as long as a guest takes for so many. */
const unitsPerByte = 64
/** The stream of an interface: what was drawn before is not drawn again. */
function streamOf(state, label) {
  const known = state.streams.get(label) ?? new RandomStream(state.seed, label)
  state.streams.set(label, known)
  return known
}
function take(state, label, length) {
  if (length > listBytesMax) trap(`it asked for ${length} random bytes, where at most ${listBytesMax} can be passed`)
  state.charge(Number(length) * unitsPerByte)
  return streamOf(state, label).take(Number(length))
}
function takeU64(state, stream) {
  state.charge(8 * unitsPerByte)
  return stream.takeU64()
}
export const random = interfaceOf({
  'get-random-bytes': [func({ len: u64 }, bytes), (state, args) => take(state, randomLabel, bigintAt(args, 0))],
  'get-random-u64': [func({}, u64), state => takeU64(state, streamOf(state, randomLabel))],
})
export const insecure = interfaceOf({
  'get-insecure-random-bytes': [
    func({ len: u64 }, bytes),
    (state, args) => take(state, insecureLabel, bigintAt(args, 0)),
  ],
  'get-insecure-random-u64': [func({}, u64), state => takeU64(state, streamOf(state, insecureLabel))],
})
/** The same pair at every call: a seed of hash maps is asked for once, and may as well be asked for twice. */
export const insecureSeed = interfaceOf({
  'insecure-seed': [
    func({}, tuple(u64, u64)),
    state => {
      const stream = new RandomStream(state.seed, 'wasi:random/insecure-seed')
      return [takeU64(state, stream), takeU64(state, stream)]
    },
  ],
})
//# sourceMappingURL=random.js.map
