import { Stop } from '../exit.ts'

const sizes: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
}

const ages: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** A size as people write it, in bytes: `500MB`, `1.5 GiB`, `0`. */
export function parseSize(text: string): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?) ?([A-Za-z]*)$/.exec(text) ?? []
  const factor = Object.hasOwn(sizes, unit) ? sizes[unit] : undefined
  if (amount !== undefined && factor !== undefined) return Math.floor(Number(amount) * factor)
  throw new Stop({ name: 'Usage', message: `"${text}" is no size; write 500MB or 1.5GiB` })
}

/** A span of time as people write it, in seconds: `12h`, `7d`. */
export function parseAge(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,6})([smhdw])$/.exec(text) ?? []
  if (amount !== undefined) return Number(amount) * (ages[unit] ?? 0)
  throw new Stop({ name: 'Usage', message: `"${text}" is no span of time; write 12h or 7d` })
}

/** A whole number as people write it. */
export function parseCount(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new Stop({ name: 'Usage', message: `"${text}" is no count; write a whole number` })
}
