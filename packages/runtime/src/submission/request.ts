import { CID, error, isMap, ok, type Result, type Value, type ValueMap } from '@ipvm/ipld'
import { isCommand, parsePolicy, policyValue, type Command, type InvalidClaim, type Invocation } from '@ipvm/ucan'
import type { Grant } from '../authority/authority.ts'
import { grantsMax } from '../limits.ts'
import type { UnservedCommand } from './failure.ts'

/** The command that runs a workflow. */
export const runCommand: Command = '/workflow/run'

/** What an invocation of `/workflow/run` asks for. */
export interface RunRequestArgs {
  readonly workflow: CID
  /** What happened, that the run is for; its tasks read it by `/event/get`. */
  readonly event?: CID
  /** What its tasks may do at most, of what its submitter may. */
  readonly only?: readonly Grant[]
}

/** The arguments of a request. */
export function requestArgs({ workflow, event, only }: RunRequestArgs): ValueMap {
  const grants = only?.map(({ cmd, pol }) => ({ cmd, pol: policyValue(pol) }))
  return { workflow, ...(event && { event }), ...(grants && { only: grants }) }
}

/** Reads what an invocation asks for. Failures: `UnknownCommand`, `InvalidClaim`. */
export function readRequest({
  cmd,
  args,
}: Pick<Invocation, 'cmd' | 'args'>): Result<RunRequestArgs, UnservedCommand | InvalidClaim> {
  if (cmd !== runCommand) {
    return error({ name: 'UnknownCommand', message: `${cmd} is not served here; served is ${runCommand}` })
  }
  const { workflow, event, only, ...rest } = args
  if (!(workflow instanceof CID) || Object.keys(rest).length > 0) {
    return error(invalid(`takes {workflow: link, event?: link, only?: [{cmd, pol}]}`))
  }
  if (!(event === undefined || event instanceof CID)) return error(invalid('takes a link to the block of its event'))
  const grants = only === undefined ? ok(undefined) : readGrants(only)
  if ('error' in grants) return grants
  return ok({ workflow, ...(event && { event }), ...(grants.ok && { only: grants.ok }) })
}

/** Reads what a run may do at most. Failure: `InvalidClaim`. */
export function readGrants(value: Value): Result<readonly Grant[], InvalidClaim> {
  if (!Array.isArray(value) || value.length > grantsMax) {
    return error(invalid(`takes as "only" a list of {cmd, pol}, at most ${grantsMax}`))
  }
  const list: readonly Value[] = value
  const grants: Grant[] = []
  for (const item of list) {
    const { cmd, pol, ...rest } = isMap(item) ? item : {}
    if (cmd === undefined || !isCommand(cmd) || pol === undefined || Object.keys(rest).length > 0) {
      return error(invalid('takes as "only" a list of {cmd: "/a/command", pol: [a policy]}'))
    }
    const policy = parsePolicy(pol)
    if ('error' in policy) return error(invalid(`has a policy of ${cmd} that is none: ${policy.error.message}`))
    grants.push({ cmd, pol: policy.ok })
  }
  return ok(grants)
}

function invalid(problem: string): InvalidClaim {
  return { name: 'InvalidClaim', message: `${runCommand} ${problem}`, field: 'args' }
}
