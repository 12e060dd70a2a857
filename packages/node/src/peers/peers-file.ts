import { randomUUID } from 'node:crypto'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import { noPeers, type Changed, type PeerBook, type Peers } from '@ipvm/service/peers'
import { makeHome, type Home } from '../home.ts'
import { peersBytesMax, peersLockMilliseconds, peersLookMilliseconds } from '../limits.ts'
import { whileLocked } from './file-lock.ts'
import { invalidPeers, readPeersJson, writePeersJson, type InvalidPeers } from './peers-json.ts'

/**
 * The peers of a node, in `peers.json` of its home. Several processes may change them; the file is there whole, and only
 * for its owner's eyes: whoever has the keys of the node can use what is in it.
 */
export class PeersFile implements PeerBook {
  readonly #home: Home
  readonly #listeners = new Set<() => void>()
  #looking: AbortController | undefined
  /** What was read last, and of which file. */
  #known: { readonly version: string; readonly peers: Result<Peers, Failure> } | undefined

  constructor(home: Home) {
    this.#home = home
  }

  /** What is known now; where there is no file, nobody is. Failure: `InvalidPeers`. */
  async read(): Promise<Result<Peers, Failure>> {
    const version = await versionOf(this.#home.peers)
    if (version === this.#known?.version) return this.#known.peers
    const peers = await readPeers(this.#home.peers)
    // Where it was replaced while it was read, the next reader reads it again: its version is an older one then.
    this.#known = { version, peers }
    return peers
  }

  async edit<T>(change: (peers: Peers) => Changed<T>): Promise<Result<T, Failure>> {
    const folder = await makeHome(this.#home)
    if ('error' in folder) return folder
    const { peers: path } = this.#home
    const done = await whileLocked(`${path}-lock`, peersLockMilliseconds, async () => {
      const before = await readPeers(path)
      if ('error' in before) return before
      const edited = await change(before.ok)
      if ('error' in edited) return edited
      if (edited.ok.peers === before.ok) return ok(edited.ok.value)
      const text = await writePeersJson(edited.ok.peers)
      // What could not be read again is not written: nobody's change may take the whole list away.
      const again = text.length > peersBytesMax ? error(tooLong(path, text.length)) : await readPeersJson(text, path)
      if ('error' in again) return again
      const written = await replace(path, text)
      return 'error' in written ? written : ok(edited.ok.value)
    })
    return done ?? error(invalidPeers(path, '', 'another process has it for too long; try again'))
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener)
    this.#looking ??= this.#look()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      this.#looking?.abort()
      this.#looking = undefined
    }
  }

  /** Looked at and not watched: systems differ in what they tell of a file that is replaced. */
  #look(): AbortController {
    const controller = new AbortController()
    const { signal } = controller
    const looks = async () => {
      let before = await versionOf(this.#home.peers)
      while (!signal.aborted) {
        await wait(peersLookMilliseconds, undefined, { ref: false, signal }).catch(() => undefined)
        const version = await versionOf(this.#home.peers)
        if (version !== before && !signal.aborted) for (const listener of this.#listeners) listener()
        before = version
      }
    }
    void looks()
    return controller
  }
}

/** Another text whenever the file is another one. */
async function versionOf(path: string): Promise<string> {
  return stat(path, { bigint: true }).then(
    ({ ino, mtimeNs, size }) => `${ino} ${mtimeNs} ${size}`,
    () => 'none',
  )
}

async function readPeers(path: string): Promise<Result<Peers, InvalidPeers>> {
  try {
    const { size } = await stat(path)
    if (size > peersBytesMax) return error(tooLong(path, size))
    return readPeersJson(await readFile(path, 'utf8'), path)
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return ok(noPeers)
    return error(invalidPeers(path, '', thrown instanceof Error ? thrown.message : String(thrown)))
  }
}

function tooLong(path: string, size: number): InvalidPeers {
  return invalidPeers(path, '', `it has ${size} bytes, and at most ${peersBytesMax} are read; forget some peers`)
}

/** Puts a text in the place of a file, all of it or nothing, durably. */
async function replace(path: string, text: string): Promise<Result<undefined, InvalidPeers>> {
  const draft = `${path}.${randomUUID()}`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
    return ok(undefined)
  } catch (thrown) {
    const problem = thrown instanceof Error ? thrown.message : String(thrown)
    return error(invalidPeers(path, '', `it cannot be written: ${problem}`))
  } finally {
    await rm(draft, { force: true })
  }
}
