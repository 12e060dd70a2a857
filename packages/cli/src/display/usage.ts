import type { ValueMap } from '@ipvm/ipld'
import type { Report, Resources } from '@ipvm/store'
import { duration } from './display.ts'

const mebibyte = 2 ** 20

/** What a run used of what it might, shortest first: `12,345 of 10^11 gas, 3.1 of 256 MiB, 35 ms of 5 min`. */
export function usageText({ used, limits }: Report): string {
  return [`${gasText(used, limits)} gas`, ofSize(used.memory, limits.memory), ofTime(used, limits)].join(', ')
}

/** All that a run used, an amount a row. */
export function usageRows({ used, limits }: Report): readonly (readonly [string, string])[] {
  return [
    ['gas', gasText(used, limits)],
    ['memory', ofSize(used.memory, limits.memory)],
    ['time', ofTime(used, limits)],
    ['output', ofSize(used.output, limits.output)],
    ['disk', ofSize(used.disk, limits.disk)],
  ]
}

function gasText({ gas: used }: Resources, { gas: limit }: Resources): string {
  const power = Math.round(Math.log10(limit))
  return `${grouped(used)} of ${power >= 6 && limit === 10 ** power ? `10^${power}` : grouped(limit)}`
}

/** Both in the unit that suits the limit, so that they can be compared at a glance. */
function ofSize(used: number, limit: number): string {
  if (limit < mebibyte) return `${grouped(used)} of ${grouped(limit)} B`
  return `${mebibytes(used)} of ${mebibytes(limit)} MiB`
}

function mebibytes(bytes: number): string {
  const amount = bytes / mebibyte
  if (amount > 0 && amount < 0.01) return '<0.01'
  return amount.toLocaleString('en', { maximumFractionDigits: amount < 1 ? 2 : 1 })
}

function ofTime({ time: used }: Resources, { time: limit }: Resources): string {
  const whole = limit % 60_000 === 0 ? `${limit / 60_000} min` : limit % 1000 === 0 ? `${limit / 1000} s` : undefined
  return `${duration(used)} of ${whole ?? duration(limit)}`
}

function grouped(amount: number): string {
  return amount.toLocaleString('en')
}

/** A report for programs. */
export function reportValue({ used, limits, log, stack }: Report): ValueMap {
  return { used: { ...used }, limits: { ...limits }, log, ...(stack && { stack }) }
}
