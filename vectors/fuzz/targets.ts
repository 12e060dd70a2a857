import { decode, encode, type Failure, type Result } from '@ipvm/ipld'
import {
  decodeDelegation,
  decodeInvocation,
  evaluatePolicy,
  openEnvelope,
  parsePolicy,
  parseSelector,
  policyValue,
  printSelector,
  proofsOf,
  readContainer,
  readReceipt,
  readRevocation,
  validate,
  verifyEnvelope,
} from '@ipvm/ucan'

/** A decoder under attack. It throws when something is wrong with it, and says whether it accepted the bytes. */
export type Target = (bytes: Uint8Array) => boolean | Promise<boolean>

/** Where a corpus of valid inputs comes from, by target. */
export type Corpus = 'tokens' | 'containers' | 'policies' | 'selectors' | 'values'

const now = 1_767_225_600
const latin1 = new TextDecoder()

/** Every decoder that takes bytes from outside, and what has to hold of what it accepts. */
export const targets: Readonly<Record<string, { readonly corpus: Corpus; readonly run: Target }>> = {
  cbor: {
    corpus: 'values',
    run: bytes => {
      const value = decode(bytes)
      if ('error' in value) return false
      must(Buffer.compare(encode(value.ok), bytes) === 0, 'what was read is written differently')
      return true
    },
  },
  envelope: { corpus: 'tokens', run: bytes => signed(bytes, openEnvelope(bytes)) },
  delegation: { corpus: 'tokens', run: bytes => signed(bytes, decodeDelegation(bytes)) },
  invocation: {
    corpus: 'tokens',
    run: async bytes => {
      const invocation = decodeInvocation(bytes)
      if ('error' in invocation) return false
      const { aud = invocation.ok.sub } = invocation.ok
      return 'ok' in (await validate(invocation.ok, { now, executor: aud, resolveProof: () => bytes }))
    },
  },
  receipt: { corpus: 'tokens', run: async bytes => 'ok' in (await readReceipt(bytes)) },
  revocation: { corpus: 'tokens', run: async bytes => 'ok' in (await readRevocation(bytes)) },
  policy: {
    corpus: 'policies',
    run: bytes => {
      const value = decode(bytes)
      const policy = 'ok' in value ? parsePolicy(value.ok) : value
      if ('error' in policy || 'error' in value) return false
      must('ok' in parsePolicy(policyValue(policy.ok)), 'a policy does not read back')
      evaluatePolicy(policy.ok, value.ok)
      return true
    },
  },
  selector: {
    corpus: 'selectors',
    run: bytes => {
      const selector = parseSelector(latin1.decode(bytes))
      if ('error' in selector) return false
      const again = parseSelector(printSelector(selector.ok))
      must('ok' in again && printSelector(again.ok) === printSelector(selector.ok), 'a selector does not read back')
      return true
    },
  },
  container: {
    corpus: 'containers',
    run: async bytes => {
      const container = await readContainer(bytes)
      if ('error' in container) return false
      proofsOf(container.ok.tokens)
      for (const token of container.ok.tokens) decodeDelegation(token)
      return true
    },
  },
}

/** Whether a token is one and its signature is right. */
async function signed(bytes: Uint8Array, read: Result<unknown, Failure>): Promise<boolean> {
  if ('error' in read) return false
  const envelope = openEnvelope(bytes)
  return 'ok' in envelope && 'ok' in (await verifyEnvelope(envelope.ok))
}

function must(holds: boolean, problem: string): void {
  if (!holds) throw new Error(problem)
}
