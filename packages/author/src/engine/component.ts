import { ByteReader } from '@ipvm/wit/binary'
import { join, leb, sectionsOf, withSections, type Section } from './section.ts'
import { patchRuntime } from './runtime.ts'

const sectionId = { coreModule: 1, component: 4, alias: 6, import: 10, export: 11 } as const
const stubbedName = new TextEncoder().encode('ipvm:logging/logging')
const importedName = new TextEncoder().encode('wasi:logging/logging')
const initName = 'init'

/**
 * What a component of componentize-qjs lacks to be an author's: its log is imported as `wasi:logging`, the function that
 * loaded the program is no longer exported, and 64-bit integers keep all their bits (ADR 42). Undefined where the
 * component is not made as expected.
 */
export function finishQuickJs(component: Uint8Array, hasLog: boolean): Uint8Array | undefined {
  let isPatched = false
  let isHidden = false
  let isNamed = !hasLog
  const sections: Section[] = []
  for (const section of sectionsOf(component)) {
    const previous = sections.at(-1)
    if (section.id === sectionId.component) {
      const patched = patchNested(section.payload)
      isPatched ||= patched !== undefined
      sections.push({ ...section, payload: patched ?? section.payload })
    } else if (section.id === sectionId.import && includes(section.payload, stubbedName)) {
      isNamed = true
      sections.push({ ...section, payload: replaced(section.payload, stubbedName, importedName) })
    } else if (section.id === sectionId.export && exportsInit(section.payload) && previous?.id === sectionId.alias) {
      // An export takes an index, which an alias of the same function takes in its place: all after it keep theirs.
      isHidden = true
      sections.push(previous)
    } else sections.push(section)
  }
  return isPatched && isHidden && isNamed ? withSections(component, sections) : undefined
}

/** The log's name, and the runtime, one component further in. */
function patchNested(component: Uint8Array): Uint8Array | undefined {
  let isPatched = false
  const sections = sectionsOf(component).map(section => {
    const patch = { [sectionId.coreModule]: patchRuntime, [sectionId.component]: patchNested }[section.id]
    const payload = patch?.(section.payload)
    isPatched ||= payload !== undefined
    return payload === undefined ? section : { ...section, payload }
  })
  return isPatched ? withSections(component, sections) : undefined
}

/** Whether a section of exports holds `init` and nothing else. */
function exportsInit(payload: Uint8Array): boolean {
  const reader = new ByteReader(payload)
  // A form of name stands before it; a function of the author's may begin with the same letters.
  return reader.u32() === 1 && reader.byte() <= 1 && reader.name() === initName
}

/** A component with one more custom section at its end. */
export function withCustomSection(component: Uint8Array, name: string, content: Uint8Array): Uint8Array {
  const label = new TextEncoder().encode(name)
  return withSections(component, [
    ...sectionsOf(component),
    { id: 0, payload: join([leb(label.length), label, content]) },
  ])
}

function includes(bytes: Uint8Array, part: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(part) !== -1
}

/** Both names have one length, so nothing around them changes. */
function replaced(bytes: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes)
  copy.set(to, copy.indexOf(from))
  return copy
}
