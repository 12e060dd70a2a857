/**
 * The cost table of profile 1, published in docs/gas.md. A change of a figure is another profile: gas is part of what
 * receipts say, and must be the same whoever ran the task, today and in ten years.
 */
const costs: readonly (readonly [names: RegExp, cost: number])[] = [
  [/^(nop|block|else|end)$/, 0],
  [/\.(div|rem)(_|$)|\.sqrt$/, 10],
  [/^(call|return_call)$/, 5],
  [/^(call_indirect|return_call_indirect)$/, 10],
  [/^memory\.(grow|copy|fill|init)$|^table\.(grow|copy|fill|init)$/, 20],
]

/** Units of gas of an instruction, without what depends on its operands; 1 where nothing else is said. */
export function costOf(name: string): number {
  return costs.find(([names]) => names.test(name))?.[1] ?? 1
}

/** Bytes that memory.copy, memory.fill and memory.init move for one unit. */
export const bytesPerGas = 8

/** Units for a call that goes through the host: to a function of the host, or from one component to another. */
export const gasPerHostCall = 1000

/** Units for each byte of a string or list that the host moves for a call, for each value, and for each string or list. */
export const gasPerMovedByte = 1
export const gasPerValue = 256
export const gasPerRange = 2048

/** Units for each page that a memory has at first, or grows by. */
export const gasPerPage = 1024

/** Units for each entry of a table that is there at first, or that an instruction or an element segment fills. */
export const gasPerEntry = 64

/** What instantiating a core module costs beside its pages, its table entries and its data, units for each. */
export const gasPerDefinition = 128
export const gasPerImport = 2048
export const gasPerExport = 4096
export const gasPerConstantByte = 64

/** Locals that a function declares for one unit, each time it is called. */
export const localsPerGas = 16
