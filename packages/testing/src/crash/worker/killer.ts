import { innerPoints, type InnerPoint, type KillPoint } from '../kill-point.ts'
import { say } from './say.ts'

/** Kills this process at its kill point, and counts how often each point was passed, in whichever thread. */
export class Killer {
  readonly point: KillPoint | undefined
  /** In memory that threads share, by the place of the point among all. */
  readonly passes: Int32Array<SharedArrayBuffer>

  constructor(
    point: KillPoint | undefined,
    passes = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * innerPoints.length)),
  ) {
    this.point = point
    this.passes = passes
  }

  /** How often this point was passed. */
  passed(at: InnerPoint): number {
    return Atomics.load(this.passes, innerPoints.indexOf(at))
  }

  pass(at: InnerPoint): void {
    const nth = Atomics.add(this.passes, innerPoints.indexOf(at), 1) + 1
    if (this.point?.at !== at || this.point.nth !== nth) return
    say({ type: 'killing', at, nth })
    process.kill(process.pid, 'SIGKILL')
    // The signal comes at once, but not before this call is over.
    for (;;);
  }
}
