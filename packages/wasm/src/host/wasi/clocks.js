import { func, interfaceOf, own, record, u32, u64 } from '../type.js'
import { handle, pollableName } from './io.js'
/** Seconds and nanoseconds since 1970. */
export const datetime = record({ seconds: u64, nanoseconds: u32 })
/** Clocks stand still at 0, and tick every nanosecond: a result must not depend on when it was computed. */
export const monotonicClock = interfaceOf({
  now: [func({}, u64), () => 0n],
  resolution: [func({}, u64), () => 1n],
  'subscribe-instant': [func({ when: u64 }, own(pollableName)), () => handle],
  'subscribe-duration': [func({ when: u64 }, own(pollableName)), () => handle],
})
export const wallClock = interfaceOf({
  now: [func({}, datetime), () => [0n, 0]],
  resolution: [func({}, datetime), () => [0n, 1]],
})
//# sourceMappingURL=clocks.js.map
