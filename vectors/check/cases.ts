import { decode, encode, isMap, type Failure, type Result, type Value } from '@ipvm/ipld'
import {
  covers,
  decodeDelegation,
  decodeInvocation,
  evaluatePolicy,
  isCommand,
  parsePolicy,
  proofsOf,
  readContainer,
  readRevocation,
  RevocationSet,
  validate,
  verifyEnvelope,
} from '@ipvm/ucan'
import { Budget, parseSelector, select } from '@ipvm/ucan/policy'
import { isDid, type Did } from '@ipvm/varsig'
import { bytesOf, listOf, type Case } from './outcome.ts'

/** Runs a case: `ok`, or the name of what it was refused for. What kind of case it is shows in its fields. */
export async function runCase(case_: Case): Promise<string> {
  if ('invocation' in case_) return runInvocation(case_)
  if ('token' in case_) return runToken(case_)
  if ('container' in case_) return runContainer(case_)
  if ('policies' in case_ || 'policy' in case_) return runPolicies(case_)
  if ('selector' in case_) return runSelector(case_)
  if ('command' in case_) return runCommand(case_)
  if ('bytes' in case_) return runCbor(case_)
  throw new TypeError('a fixture is of no known kind')
}

async function runInvocation(case_: Case): Promise<string> {
  const invocation = decodeInvocation(bytesOf(case_.invocation))
  if ('error' in invocation) return invocation.error.name
  const { aud = invocation.ok.sub } = invocation.ok
  const executor: Did = isDid(case_.executor) ? case_.executor : aud
  const revocations = new RevocationSet()
  for (const bytes of listOf(case_.revocations)) {
    const revocation = await readRevocation(bytes)
    if ('error' in revocation) return `revocation: ${revocation.error.name}`
    revocations.add(revocation.ok)
  }
  const resolveProof = proofsOf(listOf(case_.proofs))
  return nameOf(await validate(invocation.ok, { now: Number(case_.time), executor, resolveProof, revocations }))
}

async function runToken(case_: Case): Promise<string> {
  const delegation = decodeDelegation(bytesOf(case_.token))
  if ('error' in delegation) return delegation.error.name
  const { envelope } = delegation.ok
  if (envelope.cid.toString() !== String(case_.cid)) return `the CID ${envelope.cid}`
  return nameOf(await verifyEnvelope(envelope))
}

async function runContainer(case_: Case): Promise<string> {
  const container = await readContainer(bytesOf(case_.container))
  if ('error' in container) return container.error.name
  if (case_.tokens === undefined) return runTokens(container.ok.tokens)
  const expected = listOf(case_.tokens)
  const { tokens } = container.ok
  const isSame = tokens.length === expected.length && tokens.every((token, i) => isEqual(token, expected[i]))
  return isSame ? 'ok' : 'other tokens'
}

/** A container from elsewhere, of which only the tokens themselves say what should be in it. */
async function runTokens(tokens: readonly Uint8Array[]): Promise<string> {
  for (const token of tokens) {
    const opened = decodeDelegation(token)
    const read = 'ok' in opened ? opened : decodeInvocation(token)
    const verified = 'ok' in read ? await verifyEnvelope(read.ok.envelope) : read
    if ('error' in verified) return verified.error.name
  }
  return tokens.length > 0 ? 'ok' : 'empty'
}

function runPolicies(case_: Case): string {
  const args = valueIn(case_.args)
  const policies = Array.isArray(case_.policies) ? case_.policies : [valueIn(case_.policy)]
  // A group of policies is as good as its least; of a group that is invalid, each is.
  const found = policies.map(value => {
    const policy = parsePolicy(value)
    if ('error' in policy) return policy.error.name
    return evaluatePolicy(policy.ok, args).holds === true ? 'ok' : 'MatchError'
  })
  return [...new Set(found)].join(' and ')
}

function runSelector(case_: Case): string {
  const selector = parseSelector(String(case_.selector))
  if ('error' in selector) return selector.error.name
  if (case_.input === undefined) return 'ok'
  const found = select(selector.ok, valueIn(case_.input), new Budget(10_000))
  if (typeof found === 'string') return 'Unresolvable'
  if (case_.output === undefined) return 'ok'
  return isEqual(encode(found.value), encode(valueIn(case_.output))) ? 'ok' : 'another value'
}

function runCommand({ command, covers: narrow = command }: Case): string {
  const wide = String(command)
  const asked = String(narrow)
  return isCommand(wide) && isCommand(asked) && covers(wide, asked) ? 'ok' : 'InvalidClaim'
}

function runCbor(case_: Case): string {
  const bytes = bytesOf(case_.bytes)
  const value = decode(bytes)
  if ('error' in value) return value.error.name
  return isEqual(encode(value.ok), bytes) ? 'ok' : 'other bytes when written again'
}

/** A value of a fixture: the value itself, or base64 of its DAG-CBOR. */
function valueIn(field: unknown): Value {
  if (isMap(field) || Array.isArray(field)) return field
  const value = decode(bytesOf(field))
  if ('error' in value) throw new TypeError(`a fixture holds malformed CBOR: ${value.error.message}`)
  return value.ok
}

function nameOf(result: Result<unknown, Failure>): string {
  return 'error' in result ? result.error.name : 'ok'
}

function isEqual(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && Buffer.compare(a, b) === 0
}
