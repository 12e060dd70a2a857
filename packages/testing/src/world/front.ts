import { cidKey, type CID } from '@ipvm/ipld'
import { resolvedName } from '@ipvm/ucan'
import type { Change, Report } from '@ipvm/store'

/** What waits for the disk and can be read already: of each change its blocks, and what its receipts settle. */
export class Front {
  readonly #blocks = new Map<string, Uint8Array>()
  readonly #results = new Map<string, CID[]>()
  readonly #receipts = new Map<string, CID[]>()
  readonly #reports = new Map<string, Report>()
  readonly #aliases = new Map<string, CID>()
  readonly #secrets = new Set<string>()

  add(change: Change): void {
    for (const { cid, bytes } of change.blocks ?? []) this.#blocks.set(cidKey(cid), bytes)
    for (const receipt of change.receipts ?? []) {
      this.#blocks.set(cidKey(receipt.cid), receipt.bytes)
      for (const name of new Set([cidKey(receipt.ran), cidKey(resolvedName(receipt))])) {
        append(this.#receipts, name, receipt.cid)
      }
    }
    for (const { name, profile, receipt } of change.results ?? []) {
      append(this.#results, `${cidKey(name)} ${profile}`, receipt)
    }
    for (const { receipt, ...report } of change.reports ?? []) this.#reports.set(cidKey(receipt), report)
    for (const [alias, name] of change.aliases ?? []) this.#aliases.set(cidKey(alias), name)
    for (const cid of change.secrets ?? []) this.#secrets.add(cidKey(cid))
  }

  block(cid: CID): Uint8Array | undefined {
    return this.#blocks.get(cidKey(cid))
  }

  resultsFor(name: CID, profile: string): readonly CID[] {
    return this.#results.get(`${cidKey(name)} ${profile}`) ?? []
  }

  receiptsOf(task: CID): readonly CID[] {
    return this.#receipts.get(cidKey(task)) ?? []
  }

  report(receipt: CID): Report | undefined {
    return this.#reports.get(cidKey(receipt))
  }

  aliased(alias: CID): CID | undefined {
    return this.#aliases.get(cidKey(alias))
  }

  isSecret(cid: CID): boolean {
    return this.#secrets.has(cidKey(cid))
  }
}

function append(map: Map<string, CID[]>, key: string, cid: CID): void {
  const known = map.get(key)
  if (!known) map.set(key, [cid])
  else if (!known.some(other => other.equals(cid))) known.push(cid)
}
