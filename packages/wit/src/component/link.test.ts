import { describe, expect, it } from 'vitest'
import type { Component, Definition } from '../binary/component.ts'
import { linkComponent } from './link.ts'

/** `with` adds what a definition needs anyway. */
function component(...definitions: readonly Unplaced[]): Component {
  return { definitions: definitions.map((definition, offset) => ({ ...definition, offset })) }
}

type Unplaced = Definition extends infer D ? (D extends Definition ? Omit<D, 'offset'> : never) : never

function messageOf(linked: ReturnType<typeof linkComponent>): string {
  return 'error' in linked ? linked.error.message : 'linked'
}

describe('a component that grows when it is written out', () => {
  it('types that double themselves are refused before they are written out', () => {
    const types: Unplaced[] = [{ kind: 'type', type: { kind: 'tuple', types: ['u8', 'u8'] } }]
    for (let i = 0; i < 40; i++) types.push({ kind: 'type', type: { kind: 'tuple', types: [i, i] } })
    expect(messageOf(linkComponent(component(...types)))).toMatch(/a type of more than 10000 parts/)
  })

  it('types that nest without end too', () => {
    const types: Unplaced[] = [{ kind: 'type', type: { kind: 'list', type: 'u8' } }]
    for (let i = 0; i < 200; i++) types.push({ kind: 'type', type: { kind: 'option', type: i } })
    expect(messageOf(linkComponent(component(...types)))).toMatch(/a type nested deeper than 100/)
  })

  it('components that instantiate each other twice are refused before they are all made', () => {
    let inner = component({ kind: 'type', type: { kind: 'reference', type: 'u8' } })
    for (let i = 0; i < 30; i++) {
      const instance: Unplaced = { kind: 'instance', component: 0, args: [] }
      inner = component({ kind: 'component', component: inner }, instance, instance)
    }
    expect(messageOf(linkComponent(inner))).toMatch(/more than 200000 definitions/)
  })

  it('imported interfaces that hold each other twice too', () => {
    const types: Unplaced[] = [{ kind: 'type', type: { kind: 'instance', declarations: [] } }]
    for (let i = 0; i < 30; i++) {
      const outer = { kind: 'alias', alias: { sort: 'type', target: 'outer', count: 1, index: i } } as const
      const exported = ['a', 'b'].map(
        name => ({ kind: 'export', name, extern: { sort: 'instance', type: 0 } }) as const,
      )
      types.push({ kind: 'type', type: { kind: 'instance', declarations: [outer, ...exported] } })
    }
    const imported: Unplaced = { kind: 'import', name: 'a:b/c', extern: { sort: 'instance', type: 30 } }
    expect(messageOf(linkComponent(component(...types, imported)))).toMatch(/more than 200000 definitions/)
  })
})

describe('a component that refers to what there is not', () => {
  it.each([
    [{ kind: 'lift', core: 0, options: { encoding: 'utf8' }, type: 0 }, 'type 0, where there are 0'],
    [{ kind: 'core instance', module: 3, args: [] }, 'core module 3, where there are 0'],
    [{ kind: 'alias', alias: { sort: 'type', target: 'outer', count: 2, index: 0 } }, 'an alias 2 components outwards'],
    [{ kind: 'export', name: 'f', of: { sort: 'func', index: 1 } }, 'func 1, where there are 0'],
    [{ kind: 'export', name: 'f', of: { sort: 'core func', index: 0 } }, 'a core func where only functions'],
    [{ kind: 'instance', component: 0, args: [] }, 'component 0, where there are 0'],
  ] satisfies [Unplaced, string][])('%j', (definition, problem) => {
    expect(messageOf(linkComponent(component(definition)))).toContain(problem)
  })
})
