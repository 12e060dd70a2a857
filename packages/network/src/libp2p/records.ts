import { MemoryDatastore } from 'datastore-core'
import type { Key } from 'interface-datastore'
import { providedMax, providerRecordsMax } from '../limits.ts'

/** Records of the DHT in memory, so many of others and so many of one's own; the oldest make room for the next. */
export class Records extends MemoryDatastore {
  readonly #own: (key: string) => boolean
  readonly #keys = { own: new Map<string, Key>(), others: new Map<string, Key>() }
  readonly #limits: { readonly own: number; readonly others: number }

  /** @param self the peer id that one's own records end with */
  constructor(self: string, limits = { own: providedMax, others: providerRecordsMax }) {
    super()
    this.#own = key => key.endsWith(`/${self}`)
    this.#limits = limits
  }

  override put(key: Key, bytes: Uint8Array): Key | Promise<Key> {
    const name = key.toString()
    const whose = this.#own(name) ? 'own' : 'others'
    const keys = this.#keys[whose]
    keys.delete(name)
    keys.set(name, key)
    const [oldest] = keys.values()
    if (oldest && keys.size > this.#limits[whose]) void this.delete(oldest)
    return super.put(key, bytes)
  }

  override delete(key: Key): void | Promise<void> {
    this.#keys.own.delete(key.toString())
    this.#keys.others.delete(key.toString())
    return super.delete(key)
  }
}
