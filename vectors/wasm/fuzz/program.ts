import type { Random } from '../../fuzz/random.ts'
import { leb, name, section, sized } from './binary.ts'
import { BodyWriter, type Context, type Signature } from './body.ts'
import { types, type NumberType } from './operators.ts'

/**
 * A valid core module that a seed decides: functions full of arithmetic, blocks, loops that end, branches of each kind,
 * calls, memory and tables. It computes the same whatever bits its NaNs have, so that the original can be run beside the
 * rewritten one.
 */
export function program(random: Random): Program {
  const signatures = Array.from({ length: 3 + random.below(4) }, () => signatureOf(random))
  const functions = Array.from({ length: 3 + random.below(5) }, () => random.below(signatures.length))
  const context: Context = {
    random,
    signatures,
    functions: functions.map(index => signatures[index] ?? { params: [], results: [] }),
    functionTypes: functions,
  }
  const bodies = functions.map((_, i) => new BodyWriter(context, i).body())
  const sections = [
    section(1, vector(signatures.map(({ params, results }) => [0x60, ...codes(params), ...codes(results)]))),
    section(3, vector(functions.map(leb))),
    section(4, vector([[0x70, 0x01, 8, 12]])),
    section(5, vector([[0x01, 1, 4]])),
    section(6, vector(globals)),
    section(7, vector(exportsOf(functions.length))),
    section(9, vector([[0x00, 0x41, 1, 0x0b, ...vector(functions.slice(0, 6).map((_, i) => leb(i)))]])),
    section(12, [1]),
    section(10, vector(bodies.map(sized))),
    section(11, vector([[0x01, ...sized(Array.from({ length: 40 }, () => random.below(256)))]])),
  ]
  const bytes = Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()])
  return { bytes, functions: context.functions }
}

/** A module, and the types of its functions, which are exported as `f0`, `f1` … */
export interface Program {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly functions: readonly Signature[]
}

/** Arguments for a function. */
export function argumentsFor({ params }: Signature, random: Random): (number | bigint)[] {
  return params.map(type => {
    const value = random.pick([0, 1, -1, 7, 255, 65_535, 2 ** 31 - 1, random.below(2 ** 31)])
    return type === 0x7e ? BigInt(value) : value
  })
}

const globals = [
  [0x7f, 1, 0x41, 5, 0x0b],
  [0x7e, 1, 0x42, 9, 0x0b],
  [0x7d, 1, 0x43, 0, 0, 0xc0, 0x3f, 0x0b],
  [0x7c, 1, 0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0x0b],
]

function signatureOf(random: Random): Signature {
  const some = (max: number): NumberType[] => Array.from({ length: random.below(max + 1) }, () => random.pick(types))
  return { params: some(3), results: some(2) }
}

function codes(list: readonly NumberType[]): number[] {
  return [...leb(list.length), ...list]
}

function vector(entries: readonly (readonly number[])[]): number[] {
  return [...leb(entries.length), ...entries.flat()]
}

function exportsOf(functions: number): number[][] {
  return [
    [...name('memory'), 0x02, 0],
    ...globals.map((_, i) => [...name(`g${i}`), 0x03, i]),
    ...Array.from({ length: functions }, (_, i) => [...name(`f${i}`), 0x00, ...leb(i)]),
  ]
}
