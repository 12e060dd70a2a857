import type { TypeEntity } from '../component/scope.ts'
import type { WitType } from './type.ts'

/** The interface whose `task` a function asks for effects with (wire format § Workflow). It has types only. */
export const effectsInterface = 'ipvm:effects/types@0.1.0'

/** The type of a task in it: `type task = list<u8>`, a task as DAG-CBOR. */
export const taskType = 'task'

/** The `task` of the interface, marked as such wherever it is used; any other type of that name is what it is. */
export function asTask(entity: TypeEntity): TypeEntity {
  if (entity.kind !== 'value' || entity.type.kind !== 'list' || entity.type.type.kind !== 'u8') return entity
  return { kind: 'value', type: { ...entity.type, task: true } }
}

/** Whether a type asks for effects: a record of just these fields, whose tasks are those of the interface. */
export function asksForEffects(type: WitType | undefined): type is WitType & { readonly kind: 'record' } {
  if (type?.kind !== 'record' || type.fields.length !== 3) return false
  const [value, fork, join] = ['value', 'fork', 'join'].map(
    name => type.fields.find(field => field.name === name)?.type,
  )
  return (
    value !== undefined && fork?.kind === 'list' && isTask(fork.type) && join?.kind === 'option' && isTask(join.type)
  )
}

function isTask(type: WitType): boolean {
  return type.kind === 'list' && type.task === true
}
