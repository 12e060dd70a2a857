import { readFileSync } from 'node:fs'

const ticksPerSecond = 100

/** Milliseconds of processor that a process has used, all of its threads together (Linux). */
export function processorTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond
}
