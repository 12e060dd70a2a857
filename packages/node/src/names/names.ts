import { encodeCar, error, ok, type CID, type Failure, type Result } from '@ipvm/ipld'
import type { Store } from '@ipvm/store'
import type { NameRecord } from '@ipvm/ucan'
import type { Signer } from '@ipvm/varsig'
import { check, linksOf, pinnedName, type Added, type AddFailure, type Addition, type Checked } from './add.ts'
import { unknownName, type UnknownName } from './failure.ts'
import { fileWithBlocks } from './file-with-blocks.ts'
import { isSameName, parseGlobalName } from './global-name.ts'
import { publish, storedName, type Publication, type Published } from './publish.ts'

/** A name that was added, and what it stands for. */
export interface PinnedName {
  readonly local: string
  readonly record: NameRecord
  /** The number of a later record, where one is known. */
  readonly later?: number
}

/** The names that a node gives, and those that it knows others by (ADR 47, ADR 49). */
export class Names {
  readonly #store: Store
  readonly #signer: Signer

  constructor(store: Store, signer: Signer) {
    this.#store = store
    this.#signer = signer
  }

  /**
   * Stores a module and gives it a name, the node's own or another signer's. Failures: `InvalidName`, `NameGoesBack`, and
   * those of reading the module.
   */
  publish(bytes: Uint8Array, publication: Publication, signer = this.#signer): Promise<Result<Published, Failure>> {
    return publish(bytes, publication, { store: this.#store, signer })
  }

  /** Chooses the record of a name, and checks it and all that it names; stores nothing. Failures: {@link AddFailure}. */
  check(addition: Addition): Promise<Result<Checked, AddFailure>> {
    return check(addition, this.#store)
  }

  /** Makes a name that was checked stand for its module here. */
  async pin({ change, ...added }: Checked): Promise<Added> {
    await this.#store.commit(change)
    return added
  }

  /** Makes a name stand for its module here, after all is checked. Failures: {@link AddFailure}. */
  async add(addition: Addition): Promise<Result<Added, AddFailure>> {
    const checked = await this.check(addition)
    return 'error' in checked ? checked : ok(await this.pin(checked.ok))
  }

  /** The record that `image`, or `did:key:z6Mk…/image`, stands for here: the one that was added. */
  async find(text: string): Promise<Result<NameRecord, UnknownName>> {
    const record = await pinnedName(text, this.#store)
    if (record) return ok(record)
    const wanted = parseGlobalName(text)
    const pinned = wanted && (await this.all()).find(pin => isSameName(pin.record, wanted))
    if (pinned) return ok(pinned.record)
    if (!wanted) return error({ ...unknownName(undefined), message: `"${text}" is not a name here; see ipvm names` })
    const [known] = await this.#store.names(wanted.iss, wanted.name)
    return error(known ? notAdded(text) : unknownName(wanted))
  }

  /** All that was added, by local name; a record that is damaged is left out. */
  async all(): Promise<readonly PinnedName[]> {
    const found: PinnedName[] = []
    for (const { local, record: cid } of await this.#store.pins()) {
      const record = await storedName(cid, this.#store)
      if (!record) continue
      const [latest] = await this.#store.names(record.iss, record.name)
      const isLater = latest !== undefined && latest.seq > record.seq
      found.push({ local, record, ...(isLater && { later: latest.seq }) })
    }
    return found
  }

  /**
   * A record with its module, its WIT and its source as a CAR, for others to add. `left` are the links whose files are
   * not stored here. Failure: the module is not.
   */
  async car(record: NameRecord): Promise<Result<{ readonly car: Uint8Array; readonly left: readonly CID[] }, Failure>> {
    const module = await fileWithBlocks(record.mod, [], this.#store)
    if ('error' in module) return module
    const blocks = new Map([[record.cid.toString(), { cid: record.cid, bytes: record.bytes }]])
    const left: CID[] = []
    const others = await Promise.all(
      linksOf(record).map(async cid => ({ cid, file: await fileWithBlocks(cid, [], this.#store) })),
    )
    for (const { cid, file } of [{ cid: record.mod, file: module }, ...others]) {
      if ('error' in file) left.push(cid)
      else for (const block of file.ok.blocks) blocks.set(block.cid.toString(), block)
    }
    return ok({ car: encodeCar([record.cid], blocks.values()), left })
  }
}

function notAdded(text: string): UnknownName {
  return { name: 'UnknownName', message: `${text} is known and was not added; do it with: ipvm add ${text}` }
}
