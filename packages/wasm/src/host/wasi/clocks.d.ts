import type { HostInterface } from '../host.ts'
/** Seconds and nanoseconds since 1970. */
export declare const datetime: import('@ipvm/wit').WitType
/** Clocks stand still at 0, and tick every nanosecond: a result must not depend on when it was computed. */
export declare const monotonicClock: HostInterface
export declare const wallClock: HostInterface
//# sourceMappingURL=clocks.d.ts.map
