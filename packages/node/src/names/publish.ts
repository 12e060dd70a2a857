import { error, fileBlocks, ok, type Block, type CID, type Failure, type Result } from '@ipvm/ipld'
import type { Store } from '@ipvm/store'
import { limits } from '@ipvm/ucan'
import { assertName, isLicence, isName, readName, saysTheSame, type NameRecord } from '@ipvm/ucan/name'
import type { Signer } from '@ipvm/varsig'
import { moduleWorld, printWorld } from '@ipvm/wit'
import { invalidName, numberTaken, type InvalidName, type NameGoesBack } from './failure.ts'

/** What is to be said of a module that gets a name. */
export interface Publication {
  readonly name: string
  /** The file of what it was made from, stored or not. */
  readonly source?: CID
  /** An SPDX expression. */
  readonly licence?: string
  /** The record's number, where it is not to be the next one. */
  readonly seq?: number
}

/** A record that is stored; `isNew` is false where the last one said the same. */
export interface Published {
  readonly record: NameRecord
  readonly isNew: boolean
}

/** How often another process may have taken the number in the meantime. */
const triesMax = 5

/** Stores a module and gives it a name of the signer's. */
export async function publish(
  bytes: Uint8Array,
  publication: Publication,
  { store, signer }: { readonly store: Store; readonly signer: Signer },
): Promise<Result<Published, InvalidName | NameGoesBack | Failure>> {
  const invalid = invalidPublication(publication)
  if (invalid) return error(invalid)
  const described = describe(bytes)
  if ('error' in described) return described
  const { blocks, ...facts } = described.ok
  const { name, source, licence } = publication
  const fields = { name, ...facts, ...(source && { source }), ...(licence !== undefined && { licence }) }
  for (let tries = 0; tries < triesMax; tries++) {
    const [last] = await store.names(signer.did, name)
    const known = last && (await storedName(last.record, store))
    const repeats = known && saysTheSame({ ...fields, seq: known.seq }, known)
    if (repeats && (publication.seq ?? known.seq) === known.seq) return ok({ record: known, isNew: false })
    const seq = publication.seq ?? (last?.seq ?? 0) + 1
    if (last && seq <= last.seq) return error(numberTaken({ iss: signer.did, name }, seq, last.seq))
    const record = await assertName({ ...fields, seq }, signer)
    await store.commit({ blocks, names: [record] })
    // Of two processes that took one number the first has it, and the record of the other never leaves this function.
    const [stored] = (await store.names(signer.did, name)).filter(index => index.seq === seq)
    if (stored?.record.equals(record.cid)) return ok({ record, isNew: true })
  }
  const message = `other processes publish ${name} all the time; run it again when they have ended`
  return error({ name: 'InvalidName', message })
}

/** A name record of the store, its signature checked; nothing where it is damaged. */
export async function storedName(cid: CID, store: Store): Promise<NameRecord | undefined> {
  const bytes = await store.block(cid)
  const record = bytes && (await readName(bytes))
  return record && 'ok' in record && record.ok.cid.equals(cid) ? record.ok : undefined
}

interface Described {
  readonly mod: CID
  readonly wit: string | CID
  readonly blocks: readonly Block[]
}

function describe(bytes: Uint8Array): Result<Described, Failure> {
  const text = witText(bytes)
  if ('error' in text) return text
  const { root: mod, blocks } = fileBlocks(bytes)
  const encoded = new TextEncoder().encode(text.ok)
  if (encoded.length <= limits.inlineBytesMax) return ok({ mod, wit: text.ok, blocks })
  const long = fileBlocks(encoded)
  return ok({ mod, wit: long.root, blocks: [...blocks, ...long.blocks] })
}

/** The WIT of a module as a name record has it. */
export function witText(bytes: Uint8Array): Result<string, Failure> {
  const world = moduleWorld(bytes)
  return 'error' in world ? world : printWorld(world.ok)
}

function invalidPublication({ name, licence, seq }: Publication): InvalidName | undefined {
  const invalid = (message: string): InvalidName => ({ name: 'InvalidName', message })
  if (!isName(name)) return invalidName(name)
  if (licence !== undefined && !isLicence(licence)) {
    return invalid(`"${licence}" is no licence expression; write one of SPDX, such as "Apache-2.0 OR MIT"`)
  }
  const isNumber = seq === undefined || (Number.isSafeInteger(seq) && seq > 0)
  return isNumber ? undefined : invalid(`${seq} is no number of a record; they are whole, from 1`)
}
