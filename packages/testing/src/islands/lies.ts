import type { CID } from '@ipvm/ipld'
import type { NetworkOptions } from '@ipvm/network'
import { decodeInvocation, issueReceipt, readContainer, readTask, taskName, writeContainer } from '@ipvm/ucan'
import type { Signer } from '@ipvm/varsig'
import { functionsProfile } from '../world/functions.ts'
import type { Random } from '../world/random.ts'

type AnswerRequest = NonNullable<NetworkOptions['answer']>
type GiveBlock = NonNullable<NetworkOptions['block']>

const lies = { garbage: 2, forged: 5, flipped: 2, empty: 1, silent: 1, large: 1 } as const

/** Answers as a node does, or as one that lies. */
export function lyingAnswer(answer: AnswerRequest, signer: Signer, random: Random, rate: number): AnswerRequest {
  return async request => {
    if (!random.chance(rate)) return answer(request)
    switch (random.weighed(lies)) {
      case 'garbage':
        return { ok: { type: request.type, bytes: random.bytes(random.below(200)) } }
      case 'large':
        return { ok: { type: request.type, bytes: new Uint8Array(4_000_000) } }
      case 'empty':
        return { ok: { type: 'container', bytes: await writeContainer([]) } }
      case 'silent':
        return new Promise(() => {})
      case 'flipped': {
        const answered = await answer(request)
        return 'ok' in answered ? { ok: { ...answered.ok, bytes: flip(answered.ok.bytes, random) } } : answered
      }
      case 'forged':
        return { ok: { type: 'container', bytes: await writeContainer(await forged(request.bytes, signer)) } }
    }
  }
}

/** Other bytes under a name, now and then. */
export function lyingBlock(block: GiveBlock, random: Random, rate: number): GiveBlock {
  return async (cid, peer) => (random.chance(rate) ? random.bytes(32) : block(cid, peer))
}

function flip(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = bytes.slice()
  const at = random.below(copy.length)
  if (copy.length > 0) copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8))
  return copy
}

/** Receipts of one's own that say something wrong about all that was asked for. */
async function forged(bytes: Uint8Array, signer: Signer): Promise<readonly Uint8Array[]> {
  const container = await readContainer(bytes)
  if ('error' in container) return []
  const receipts: Uint8Array[] = []
  for (const name of container.ok.tokens.flatMap(asked).slice(0, 100)) {
    const receipt = await issueReceipt({ ran: name, out: { ok: -1 }, profile: functionsProfile, exp: null }, signer)
    receipts.push(receipt.bytes)
  }
  return receipts
}

/** The names that a token asks about: those of its arguments, and that of its task. */
function asked(token: Uint8Array): readonly CID[] {
  const invocation = decodeInvocation(token)
  if ('error' in invocation) return []
  const { task, tasks } = invocation.ok.args
  const named = Array.isArray(tasks) ? tasks : task === undefined ? [] : [task]
  const links = named.filter(
    (value): value is CID => typeof value === 'object' && value !== null && 'multihash' in value,
  )
  return links.length > 0 ? links : [taskOf(invocation.ok)]
}

function taskOf({ sub, cmd, args, nonce }: { sub: string; cmd: string; args: object; nonce: Uint8Array }): CID {
  const task = readTask({ sub, cmd, args: { ...args }, nonce })
  if ('error' in task) throw new Error(task.error.message)
  return taskName(task.ok)
}
