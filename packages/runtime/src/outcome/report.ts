import { ok, type Failure, type Result } from '@ipvm/ipld'
import type { Effects } from '@ipvm/ucan'
import type { Report } from '@ipvm/store'
import { resourceLimits, type TaskConfig } from '@ipvm/workflow'
import type { Execution, ExecutionReport } from '../command/command.ts'
import { frameLengthMax, logLengthMax, stackFramesMax } from '../limits.ts'
import { readAsked } from './asked.ts'
import { spill, type Spilled } from './spill.ts'

/** What the result and the log of a run would have taken on the disk is more than the task may. A fact about its config. */
export interface DiskQuota extends Failure {
  readonly name: 'DiskQuota'
  /** Bytes. */
  readonly used: number
  /** Bytes. */
  readonly limit: number
}

/** What is kept of a run. */
export interface Kept extends Spilled {
  readonly permanent: boolean
  readonly report?: Report
  /** What it asks to be done next. */
  readonly fx?: Effects
}

/** What is kept of a run that ended: its outcome, large values apart, and its report; or that it is more than may be. */
export function kept(execution: Execution, limits: TaskConfig): Kept {
  const { permanent, report } = execution
  const asked = askedIn(execution)
  const fx = 'ok' in asked && asked.ok ? { fx: asked.ok } : {}
  const spilled = spill('ok' in asked ? execution.out : { error: { ...asked.error } })
  const log = report?.log.slice(0, logLengthMax) ?? ''
  const logBytes = new TextEncoder().encode(log).length
  const disk = spilled.blocks.reduce((sum, { bytes }) => sum + bytes.length, logBytes)
  if (disk <= limits.disk)
    return { ...spilled, ...fx, permanent, ...(report && { report: reported(report, disk, limits, log) }) }
  const isLogAlone = logBytes > limits.disk
  return {
    out: { error: { ...diskQuota(disk, limits.disk) } },
    blocks: [],
    permanent: false,
    ...(report && { report: reported(report, disk, limits, isLogAlone ? '' : log) }),
  }
}

function askedIn({ out, fx }: Execution): Result<Effects | undefined, Failure> {
  if (!fx || 'error' in out) return ok(undefined)
  return readAsked(fx)
}

function reported(
  { gas, memory, output, time, stack }: ExecutionReport,
  disk: number,
  limits: TaskConfig,
  log: string,
): Report {
  return {
    used: { gas, memory, output, disk, time },
    limits: resourceLimits(limits),
    log,
    ...(stack && { stack: stackText(stack) }),
  }
}

function stackText(stack: readonly string[]): readonly string[] {
  return stack.slice(0, stackFramesMax).map(frame => frame.slice(0, frameLengthMax))
}

function diskQuota(used: number, limit: number): DiskQuota {
  const message = `its result and log take ${used} bytes of disk, where ${limit} are allowed; raise "disk" in its config, or let it return less`
  return { name: 'DiskQuota', message, used, limit }
}
