import type { WitType } from '@ipvm/wit'
import type { Docs } from '../docs/docs.ts'
import { comment } from './comment.ts'
import type { Scope, Scopes, TypeItem } from './scopes.ts'
import { spellParts, spellStructure } from './spell.ts'

/**
 * The types that have a name, as exported types with their comments, each once in the file. Those of interfaces that are only
 * imported are declared when something that is offered named them, or a type that was declared for that.
 */
export function declaredTypes(scopes: Scopes, docs: Docs): string[] {
  const lines: string[] = []
  let left = scopes.all.flatMap(scope => scope.items.flatMap(item => (item.kind === 'type' ? [{ scope, item }] : [])))
  for (let before = -1; before !== left.length; ) {
    before = left.length
    left = left.filter(({ scope, item }) => {
      if (scope.isForeign && !scopes.isUsed(scope.called(item))) return true
      lines.push(...declaredType(item, scope, docs))
      return false
    })
  }
  return lines
}

function declaredType(item: TypeItem, scope: Scope, docs: Docs): string[] {
  const name = scope.called(item)
  const sameAs = scope.sameAs(item)
  if (sameAs === name) return []
  const about = { owner: scope.owner, kind: 'type', name: item.name } as const
  const lines = comment.lines(docs.of(about))
  if (sameAs !== undefined) return [...lines, `export type ${name} = ${sameAs}`, '']
  return [...lines, ...declaration(name, item.type, scope, part => docs.of({ ...about, item: part })), '']
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
