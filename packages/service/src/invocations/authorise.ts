import { CID, encode, error, ok, type Result, type Value, type ValueMap } from '@ipvm/ipld'
import { limits as networkLimits, type Refusal } from '@ipvm/network'
import type { AccessRequest, Bearer, Permission } from '@ipvm/network/http/server'
import { faultOfSigned } from '@ipvm/runtime'
import {
  covers,
  limits as ucanLimits,
  proofsOf,
  validate,
  type Command,
  type Invocation,
  type ValidationContext,
} from '@ipvm/ucan'
import { sameDid, type Did } from '@ipvm/varsig'
import type { ServiceContext } from '../context.ts'
import { refusalOf } from './refusal.ts'
import { runNamed, submitterOf } from './workflows.ts'

/** Whether somebody may read or bring something: by the invocation that they bear, or since anybody may. */
export async function authorise(
  asked: AccessRequest,
  bearer: Bearer | undefined,
  context: ServiceContext,
): Promise<Result<Permission, Refusal>> {
  const isPublic = context.open.some(one => covers(one, asked.cmd))
  if (!bearer) return isPublic ? ok({ isPublic: true }) : error(proofNeeded(asked.cmd))
  const allowed = await bearerMay(asked, bearer, context)
  if ('ok' in allowed) return ok({ did: allowed.ok, ...(isPublic && { isPublic }) })
  return isPublic ? ok({ isPublic: true }) : allowed
}

async function bearerMay(asked: AccessRequest, bearer: Bearer, context: ServiceContext): Promise<Result<Did, Refusal>> {
  const { invocation, tokens } = bearer
  const { signer, store, verified, world } = context
  const problem = formProblem(asked, invocation, world.now())
  if (problem !== undefined) return error(denied(problem))
  const about = { now: world.now(), executor: signer.did, revocations: store, verified }
  const brought = proofsOf(tokens)
  const resolveProof: ValidationContext['resolveProof'] = async cid => (await brought(cid)) ?? store.block(cid)
  const allowed = await validate(invocation, { ...about, resolveProof, resolvedArgs: asked.args })
  const isOurs = sameDid(invocation.sub, signer.did)
  if ('ok' in allowed) return isOurs ? ok(invocation.iss) : error(denied(`it is about ${invocation.sub}`))
  // Who has asked for a run may see how it goes, whatever else they may.
  if (isOurs && (await isOwnRun(asked, invocation.iss, context)) && !(await faultOfSigned(invocation, about))) {
    return ok(invocation.iss)
  }
  return error({ ...refusalOf(allowed.error), status: allowed.error.name === 'Expired' ? 401 : 403 })
}

/** What keeps an invocation from being a bearer's for what is asked. */
function formProblem(
  { cmd, args }: AccessRequest,
  { cmd: own, args: signed, exp }: Invocation,
  now: number,
): string | undefined {
  if (!covers(own, cmd)) return `it invokes ${own}, and ${cmd} is asked`
  if (exp === null || exp > now + networkLimits.bearerSecondsMax + ucanLimits.leewaySeconds) {
    return `it holds for more than ${networkLimits.bearerSecondsMax} seconds`
  }
  // What it names is all that it may be borne for; one that names nothing is for whatever its proofs allow.
  const other = Object.entries(signed).find(([key, value]) => !isSame(value, args[key]))
  return other && `it is for another "${other[0].slice(0, 40)}" than is asked`
}

async function isOwnRun({ cmd, args }: AccessRequest, iss: Did, context: ServiceContext): Promise<boolean> {
  if (cmd !== '/workflow/read' || !(args.workflow instanceof CID)) return false
  const run = await runNamed(args.workflow, context)
  const submitter = run && (await submitterOf(run, context))
  return submitter !== undefined && sameDid(submitter, iss)
}

function isSame(one: Value, other: ValueMap[string] | undefined): boolean {
  if (other === undefined) return false
  const [a, b] = [encode(one), encode(other)]
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

function proofNeeded(cmd: Command): Refusal {
  const message = `${cmd} takes an invocation and its proofs here, as "Authorization: Bearer" and a container`
  return { name: 'Refused', status: 401, message }
}

function denied(problem: string): Refusal {
  return { name: 'Refused', status: 403, message: `the invocation in the Authorization header does not do: ${problem}` }
}
