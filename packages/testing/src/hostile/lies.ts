/** A component or core module whose bytes claim what is not so, and how it is refused. */
export interface Lie {
  readonly name: string
  readonly bytes: Uint8Array
  readonly failure: 'MalformedModule' | 'UnsupportedModule'
  readonly message: RegExp
}

const magic = [0x00, 0x61, 0x73, 0x6d]
const coreHead = [...magic, 0x01, 0x00, 0x00, 0x00]
const componentHead = [...magic, 0x0d, 0x00, 0x01, 0x00]
/** 2^32 − 1, the most that a size or a count can claim. */
const most = [0xff, 0xff, 0xff, 0xff, 0x0f]

function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)]
}

/** Types stand in signed integers, of which the negative ones are primitive. */
function typeIndex(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...typeIndex(value >>> 7)]
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...leb(content.length), ...content]
}

function core(...sections: readonly number[][]): number[] {
  return [...coreHead, ...sections.flat()]
}

/** A component around a core module that nobody uses. */
function around(module: readonly number[]): Uint8Array {
  return Uint8Array.from([...componentHead, ...section(1, [...module])])
}

function component(...sections: readonly number[][]): Uint8Array {
  return Uint8Array.from([...componentHead, ...sections.flat()])
}

/** A module with one function of this code, behind its locals. */
function withCode(body: readonly number[]): Uint8Array {
  return around(core(section(1, [1, 0x60, 0, 0]), section(3, [1, 0]), section(10, [1, ...leb(body.length), ...body])))
}

function many(count: number, entry: (i: number) => readonly number[]): number[] {
  return [...leb(count), ...Array.from({ length: count }, (_, i) => entry(i)).flat()]
}

/** Code that takes an engine gigabytes to compile: it notes at each of the blocks where 49,000 locals are. */
function manyBlocks(block: readonly number[]): Uint8Array {
  const code = Array.from({ length: 2000 }, () => block).flat()
  return withCode([1, ...leb(49_000), 0x7f, ...code, 0x0b])
}

/** Each type is a list of the one before: 10,000 deep, in 30 KB. */
function nestedTypes(): Uint8Array {
  return component(section(7, [...many(10_000, i => (i === 0 ? [0x70, 0x7d] : [0x70, ...typeIndex(i - 1)]))]))
}

/** Each type is a pair of the one before: written out in full the last has 2^40 parts. */
function doublingTypes(): Uint8Array {
  return component(section(7, [...many(40, i => (i === 0 ? [0x6f, 2, 0x7d, 0x7d] : [0x6f, 2, i - 1, i - 1]))]))
}

function nestedComponents(depth: number): number[] {
  return depth === 0 ? componentHead : [...componentHead, ...section(4, [...nestedComponents(depth - 1)])]
}

/** A component that is instantiated twice by the next one, and that by the next: 2^20 instances in 1 KB. */
function doublingInstances(): Uint8Array {
  let inner: number[] = [...componentHead]
  for (let i = 0; i < 20; i++) {
    inner = [...componentHead, ...section(4, [...inner]), ...section(5, [2, 0x00, 0, 0, 0x00, 0, 0])]
  }
  return Uint8Array.from(inner)
}

/** All of them, each with its refusal. */
export function lies(): Lie[] {
  const lie = (name: string, bytes: Uint8Array, message: RegExp, failure: Lie['failure'] = 'MalformedModule'): Lie => ({
    name,
    bytes,
    failure,
    message,
  })
  const cutOff = /cut off|larger than what follows/
  return [
    lie('nothing at all', new Uint8Array(0), /it is empty/),
    lie('a head and nothing else that could be called', Uint8Array.from(componentHead.slice(0, 6)), /cut off/),
    lie('a section of 4 GiB', component([7, ...most]), cutOff),
    lie('a core module of 4 GiB', component([1, ...most]), cutOff),
    lie('4 billion types', component(section(7, [...most])), cutOff),
    lie('4 billion core functions', around(core(section(3, [...most]))), cutOff),
    lie('4 billion locals', withCode([1, ...most, 0x7f, 0x0b]), /more than 50000 locals/),
    lie('4 billion labels', withCode([0, 0x41, 0, 0x0e, ...most, 0, 0x0b]), cutOff),
    lie('a name of 4 GiB', around(core(section(2, [1, ...most]))), /a name over|cut off/),
    lie(
      'a data segment of 4 GiB',
      around(core(section(5, [1, 0, 1]), section(11, [1, 0, 0x41, 0, 0x0b, ...most]))),
      cutOff,
    ),
    lie(
      'a table of 4 billion entries',
      around(core(section(4, [1, 0x70, 0, ...most]))),
      /a table of more/,
      'UnsupportedModule',
    ),
    lie(
      'a memory of 4 GiB',
      around(core(section(5, [1, 0, 0x80, 0x80, 0x04]))),
      /a memory of more/,
      'UnsupportedModule',
    ),
    lie('10,000 nested types', nestedTypes(), /nested deeper than 100/),
    lie('types that double themselves', doublingTypes(), /a type of more than 10000 parts/),
    lie('10,000 nested components', Uint8Array.from(nestedComponents(40)), /nested deeper than 32/),
    lie('components that double themselves', doublingInstances(), /more than 200000 definitions|more than \d+ /),
    lie(
      '200,000 nested blocks',
      withCode([0, ...Array.from({ length: 200_000 }, () => [0x02, 0x40]).flat(), 0x0b]),
      /nested deeper|cut off/,
    ),
    lie('empty loops for 49,000 locals', manyBlocks([0x03, 0x40, 0x0b]), /too many blocks and calls/),
    lie('empty ifs for 49,000 locals', manyBlocks([0x20, 0, 0x04, 0x40, 0x0b]), /too many blocks and calls/),
    lie('calls with 49,000 locals', manyBlocks([0x10, 0]), /too many blocks and calls/),
    lie('branches with 49,000 locals', manyBlocks([0x20, 0, 0x0d, 0]), /too many blocks and calls/),
    lie('a type index far away', component(section(7, [1, 0x70, ...typeIndex(9999)])), /type 9999, where there are 0/),
    lie(
      'an import that nobody has',
      component(section(7, [1, 0x40, 0, 0x01, 0x00]), section(10, [1, 0, 1, 0x66, 0x01, 0])),
      /it imports f/,
      'UnsupportedModule',
    ),
    lie('a body that runs out', withCode([0, 0x41]), /cut off|does not validate/),
    lie('a call of a function that there is not', withCode([0, 0x10, ...most, 0x0b]), /function 4294967295/),
    lie('operands that are not there', withCode([0, 0x6a, 0x1a, 0x0b]), /fewer operands/),
    lie(
      'an integer of eleven bytes',
      withCode([0, 0x41, ...Array.from({ length: 10 }, () => 0x80), 0, 0x1a, 0x0b]),
      /an integer over 32 bits/,
    ),
  ]
}
