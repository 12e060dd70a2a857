import type { WitType } from '@ipvm/wit'
import type { Docs } from '../docs/docs.ts'
import { comment } from './comment.ts'
import type { Scope } from './scopes.ts'
import { spellParts, spellStructure } from './spell.ts'

/** The types of a scope that have a name, as exported types with their comments; each once in the file. */
export function declaredTypes(scope: Scope, docs: Docs): string[] {
  return scope.items.flatMap(item => {
    if (item.kind !== 'type') return []
    const { name, sameAs } = scope.declared(item)
    if (sameAs === name) return []
    const about = { owner: scope.owner, kind: 'type', name: item.name } as const
    const lines = comment.lines(docs.of(about))
    if (sameAs !== undefined) return [...lines, `export type ${name} = ${sameAs}`, '']
    return [...lines, ...declaration(name, item.type, scope, part => docs.of({ ...about, item: part })), '']
  })
}

function declaration(
  name: string,
  type: WitType,
  { nameOf }: Scope,
  textOf: (part: string) => string | undefined,
): string[] {
  if (type.kind !== 'record' && type.kind !== 'variant' && type.kind !== 'enum') {
    return [`export type ${name} = ${spellStructure(type, nameOf)}`]
  }
  const isRecord = type.kind === 'record'
  const parts = spellParts(type, nameOf).flatMap(({ name: part, text }) => [
    ...comment.lines(textOf(part)),
    isRecord ? text : `| ${text}`,
  ])
  const lines = parts.map(line => `  ${line}`)
  return isRecord ? [`export type ${name} = {`, ...lines, '}'] : [`export type ${name} =`, ...lines]
}
