import { isMap, type Value, type ValueMap } from '@ipvm/ipld'
import type { Random } from '../world/random.ts'

/** Statements that hold on these arguments. */
export function holding(args: ValueMap, random: Random): readonly Value[] {
  return Array.from({ length: random.below(3) }, () => statement(args, random, true))
}

/** Statements of which one does not. */
export function failing(args: ValueMap, random: Random): readonly Value[] {
  const statements = [...holding(args, random), statement(args, random, false)]
  return random.chance(0.5) ? statements : statements.toReversed()
}

function statement(args: ValueMap, random: Random, holds: boolean, deep = 2): Value {
  const kinds = ['simple', 'simple', ...(deep > 0 ? ['not', 'and', 'or', 'list'] : [])] as const
  const inner = (isTrue: boolean) => statement(args, random, isTrue, deep - 1)
  switch (random.pick(kinds)) {
    case 'not':
      return ['not', inner(!holds)]
    case 'and':
      return ['and', holds ? [inner(true), inner(true)] : [inner(true), inner(false)]]
    case 'or':
      return ['or', holds ? [inner(false), inner(true)] : [inner(false), inner(false)]]
    case 'list':
      return random.chance(0.5)
        ? ['all', '.list', holds ? ['>', '.', 0] : ['>', '.', 1]]
        : ['any', '.list', holds ? ['==', '.', 2] : ['==', '.', 9]]
    default:
      return random.pick(simple(args, holds))
  }
}

/** Statements about single fields, which are there for each form that `n` has. */
function simple({ id, to, n = null }: ValueMap, holds: boolean): readonly Value[] {
  const own: readonly Value[] = holds
    ? [
        ['==', '.id', id ?? null],
        ['like', '.to', 'friends/*'],
        ['!=', '.to', 'friends/of/nobody'],
      ]
    : [
        ['==', '.id', `${String(id)} `],
        ['like', '.to', 'foes/*'],
        ['!=', '.to', to ?? null],
      ]
  if (typeof n === 'number') {
    return holds
      ? [...own, ['==', '.n', n], ['<', '.n', n + 1], ['>=', '.n', n], ['<=', '.n', n]]
      : [...own, ['==', '.n', n + 1], ['<', '.n', n], ['>', '.n', n], ['==', '.n', String(n)]]
  }
  if (!isMap(n)) return own
  const [key = '', inner = null] = Object.entries(n)[0] ?? []
  return [...own, holds ? ['==', `.n.${key}`, inner] : ['==', `.n.${key}`, 'another']]
}
