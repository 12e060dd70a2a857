import { decodeCar, encodeCar, error, ok, rawBlock, type Block, type Failure, type Result } from '@ipvm/ipld'
import { readContainer, writeContainer } from '@ipvm/ucan'
import type { Body } from './exchange.ts'

/** What a body says: the tokens of its container, in the order in which they came, and the blocks that came along. */
export interface Contents {
  readonly tokens: readonly Uint8Array[]
  /** Each is what its name says, and is a view of the body. */
  readonly blocks: readonly Block[]
}

/** The bytes are no container, and no CAR of one. */
export interface MalformedContents extends Failure {
  readonly name: 'MalformedContents'
}

/**
 * Writes tokens as a container; where blocks come along, as a CAR whose root is the container as a raw block (wire.md
 * § Container).
 *
 * @throws RangeError when there are more tokens than a container holds
 */
export async function writeContents(tokens: readonly Uint8Array[], blocks: readonly Block[] = []): Promise<Body> {
  const container = await writeContainer(tokens)
  if (blocks.length === 0) return { type: 'container', bytes: container }
  const root = rawBlock(container)
  return { type: 'car', bytes: encodeCar([root.cid], [root, ...blocks]) }
}

/** Reads what {@link writeContents} writes; nothing of the tokens is decoded. Failure: `MalformedContents`. */
export async function readContents({ type, bytes }: Body): Promise<Result<Contents, MalformedContents>> {
  if (type === 'reconcile') return malformed('it is a message of a reconciliation')
  if (type === 'container') return contentsOf(bytes, [])
  const car = decodeCar(bytes)
  if ('error' in car) return malformed(car.error.message)
  const [root, ...others] = car.ok.roots
  if (!root || others.length > 0) return malformed(`the CAR has ${car.ok.roots.length} roots; it has one, a container`)
  const container = car.ok.blocks.find(({ cid }) => cid.equals(root))
  if (!container) return malformed('the root of the CAR is not among its blocks')
  return contentsOf(
    container.bytes,
    car.ok.blocks.filter(block => block !== container),
  )
}

async function contentsOf(bytes: Uint8Array, blocks: readonly Block[]): Promise<Result<Contents, MalformedContents>> {
  const container = await readContainer(bytes)
  return 'ok' in container ? ok({ tokens: container.ok.tokens, blocks }) : malformed(container.error.message)
}

function malformed(problem: string): Result<never, MalformedContents> {
  return error({ name: 'MalformedContents', message: `the body cannot be read: ${problem}` })
}
