// What the benchmarks share: medians, turns and how figures are printed.
import { cpus } from 'node:os'

/** The middle one; of an even number, the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = Number.NaN, high = low] = sorted.length % 2 ? [sorted[middle]] : sorted.slice(middle - 1, middle + 1)
  return (low + high) / 2
}

/** The geometric mean, of ratios. */
export function geometricMean(ratios: readonly number[]): number {
  return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length)
}

/** Day, processor and Node, as they stand above every table. */
export function machine(): string {
  const today = new Date().toISOString().slice(0, 10)
  return `${today}, ${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}`
}

/** Milliseconds on the clock. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** Milliseconds on the clock, of work that does not wait. */
export function timedSync(work: () => unknown): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

/** One line of a table in Markdown. */
export function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** A table in Markdown: its head, and the line that says which columns are numbers. */
export function table(head: readonly string[], numbers: number, rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, i) => (i < head.length - numbers ? '---' : '---:'))
  return [head, rule, ...rows].map(row).join('\n')
}
