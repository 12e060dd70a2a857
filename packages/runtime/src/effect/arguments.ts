import { error, ok, type Failure, type Result, type ValueMap } from '@ipvm/ipld'
import type { Effect } from './effect.ts'

/** A command's arguments are not what it takes; the message says where. */
export interface MalformedArguments extends Failure {
  readonly name: 'MalformedArguments'
}

/** Checks the arguments of an effect, promises replaced by values. */
export async function readArguments<Args>(
  { cmd, args: schema }: Effect<Args>,
  args: ValueMap,
): Promise<Result<Args, MalformedArguments>> {
  const checked = await schema['~standard'].validate(args)
  if (!checked.issues) return ok(checked.value)
  const said = checked.issues.slice(0, 3).map(({ path = [], message }) => {
    const where = path.map(step => (typeof step === 'object' ? step.key : step)).join('.')
    return where === '' ? message : `${where}: ${message}`
  })
  return error({ name: 'MalformedArguments', message: `${cmd}: ${said.join('; ')}` })
}
