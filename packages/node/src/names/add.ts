import { cidOf, codec, error, ok, type Block, type CID, type Failure, type Result } from '@ipvm/ipld'
import type { Change, Store } from '@ipvm/store'
import { decodeInvocation } from '@ipvm/ucan'
import { isName, laterName, nameCommand, readName, type NameEquivocation, type NameRecord } from '@ipvm/ucan/name'
import {
  ambiguousName,
  foreignName,
  goesBack,
  invalidName,
  malformedName,
  missingModule,
  nameTaken,
  unknownName,
  type AmbiguousName,
  type ForeignName,
  type InvalidName,
  type MalformedName,
  type MissingModule,
  type NameGoesBack,
  type NameTaken,
  type UnknownName,
} from './failure.ts'
import { fileWithBlocks } from './file-with-blocks.ts'
import { isSameName, printGlobalName, type GlobalName } from './global-name.ts'
import { storedName, witText } from './publish.ts'

/** What came from elsewhere: tokens, of which some are name records, and other blocks. */
export interface Brought {
  readonly tokens: readonly Uint8Array[]
  readonly blocks: readonly Block[]
}

/** Which name is to be added, and what it is to be called here. */
export interface Addition {
  /** Where it is not said, what was brought has to be about one name. */
  readonly wanted?: GlobalName
  /** By default the name itself. */
  readonly local?: string
  readonly brought?: Brought
}

/** A name that stands for a module here, or is about to. */
export interface Added {
  readonly local: string
  /** The module that the local name stood for before. */
  readonly before?: CID
  readonly record: NameRecord
  readonly module: Uint8Array
  /** Whether the WIT in the record is another than that of the module; what counts is the module's. */
  readonly witDiffers: boolean
}

/** A name that can be added: nothing is wrong with it, and nothing is stored yet. */
export interface Checked extends Added {
  readonly change: Change
}

/** Why a name was not added. */
export type AddFailure =
  | AmbiguousName
  | ForeignName
  | InvalidName
  | MalformedName
  | MissingModule
  | NameEquivocation
  | NameGoesBack
  | NameTaken
  | UnknownName
  | Failure

const nothing: Brought = { tokens: [], blocks: [] }

/** Chooses the record of a name, and checks it and all that it names. */
export async function check(
  { wanted, local, brought = nothing }: Addition,
  store: Store,
): Promise<Result<Checked, AddFailure>> {
  const records = await recordsIn(brought)
  if ('error' in records) return records
  const chosen = await choose(records.ok, wanted, store)
  if ('error' in chosen) return chosen
  const record = chosen.ok
  const name = local ?? record.name
  if (!isName(name)) return error(invalidName(name))
  const before = await pinnedName(name, store)
  if (before && !isSameName(before, record)) return error(nameTaken(name, before))
  const file = await fileWithBlocks(record.mod, brought.blocks, store)
  if ('error' in file) return error(missingModule(record, file.error.message))
  const text = witText(file.ok.bytes)
  if ('error' in text) return error(malformedName(record.cid, `its module ${record.mod}: ${text.error.message}`))
  const wit = await witOf(record, brought, store)
  const more = await Promise.all(linksOf(record).map(cid => fileWithBlocks(cid, brought.blocks, store)))
  const blocks = [file, ...more].flatMap(read => ('ok' in read ? read.ok.brought : []))
  const change = { blocks, names: [record], pins: [{ local: name, record: record.cid }] }
  const added = { local: name, record, module: file.ok.bytes, witDiffers: wit !== text.ok, change }
  return ok(before ? { ...added, before: before.mod } : added)
}

/** The record that a local name stands for; nothing where there is none, or it is damaged. */
export async function pinnedName(local: string, store: Store): Promise<NameRecord | undefined> {
  const cid = await store.pinned(local)
  return cid && storedName(cid, store)
}

/** What a record may link to beside the module. */
export function linksOf({ wit, source }: NameRecord): readonly CID[] {
  return [...(typeof wit === 'string' ? [] : [wit]), ...(source ? [source] : [])]
}

/** The name records among tokens. One that is none, or whose signature is not its issuer's, spoils the whole. */
async function recordsIn({ tokens }: Brought): Promise<Result<readonly NameRecord[], MalformedName>> {
  const records: NameRecord[] = []
  for (const token of tokens) {
    const invocation = decodeInvocation(token)
    const isOther = 'ok' in invocation && invocation.ok.cmd !== nameCommand
    if (isOther) continue
    const record = await readName(token)
    if ('error' in record) return error(malformedName(cidOf(codec.dagCbor, token), record.error.message))
    records.push(record.ok)
  }
  return ok(records)
}

/** The record that counts, of those that were brought and those that are known. */
async function choose(
  records: readonly NameRecord[],
  wanted: GlobalName | undefined,
  store: Store,
): Promise<Result<NameRecord, AddFailure>> {
  const names = [...new Set(records.map(printGlobalName))]
  if (!wanted && names.length > 1) return error(ambiguousName(names))
  const asked = wanted ?? records[0]
  if (!asked) return error(unknownName(undefined))
  const [first, ...others] = records.filter(record => isSameName(record, asked))
  if (!first && records.length > 0) return error(foreignName(asked, records))
  const known = await knownName(asked, store)
  if (!first) return known ? ok(known) : error(unknownName(asked))
  let latest = first
  for (const other of others) {
    const later = laterName(latest, other)
    if ('error' in later) return later
    latest = later.ok
  }
  // The number counts also where the record behind it was damaged since.
  const [last] = await store.names(asked.iss, asked.name)
  if (last && latest.seq < last.seq) return error(goesBack(asked, latest.seq, last.seq))
  return known ? laterName(known, latest) : ok(latest)
}

async function knownName({ iss, name }: GlobalName, store: Store): Promise<NameRecord | undefined> {
  for (const { record } of await store.names(iss, name)) {
    const stored = await storedName(record, store)
    if (stored) return stored
  }
  return undefined
}

async function witOf({ wit }: NameRecord, { blocks }: Brought, store: Store): Promise<string | undefined> {
  if (typeof wit === 'string') return wit
  const file = await fileWithBlocks(wit, blocks, store)
  return 'ok' in file ? new TextDecoder().decode(file.ok.bytes) : undefined
}
