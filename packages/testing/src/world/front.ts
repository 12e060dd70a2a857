import { cidKey, type CID } from '@ipvm/ipld'
import type { Change, Report } from '@ipvm/store'

/** What waits for the disk and can be read already: of each change its blocks and its results. */
export class Front {
  readonly #blocks = new Map<string, Uint8Array>()
  readonly #results = new Map<string, CID[]>()
  readonly #reports = new Map<string, Report>()
  readonly #aliases = new Map<string, CID>()

  add(change: Change): void {
    for (const { cid, bytes } of change.blocks ?? []) this.#blocks.set(cidKey(cid), bytes)
    for (const { cid, bytes } of change.receipts ?? []) this.#blocks.set(cidKey(cid), bytes)
    for (const { name, profile, receipt } of change.results ?? []) {
      append(this.#results, `${cidKey(name)} ${profile}`, receipt)
    }
    for (const { receipt, ...report } of change.reports ?? []) this.#reports.set(cidKey(receipt), report)
    for (const [alias, name] of change.aliases ?? []) this.#aliases.set(cidKey(alias), name)
  }

  block(cid: CID): Uint8Array | undefined {
    return this.#blocks.get(cidKey(cid))
  }

  resultsFor(name: CID, profile: string): readonly CID[] {
    return this.#results.get(`${cidKey(name)} ${profile}`) ?? []
  }

  report(receipt: CID): Report | undefined {
    return this.#reports.get(cidKey(receipt))
  }

  aliased(alias: CID): CID | undefined {
    return this.#aliases.get(cidKey(alias))
  }
}

function append(map: Map<string, CID[]>, key: string, cid: CID): void {
  const known = map.get(key)
  if (!known) map.set(key, [cid])
  else if (!known.some(other => other.equals(cid))) known.push(cid)
}
