import { blockOf, cidKey, codec, linksOf, type Block, type CID } from '@ipvm/ipld'
import { promisesIn, type Task } from '@ipvm/ucan'
import type { Store } from '@ipvm/store'
import type { Authority } from '../authority/authority.ts'
import { contentBytesMax } from '../limits.ts'
import type { Engine } from '../engine/engine.ts'

/**
 * The blocks that a task's arguments link to, files and modules, which go along with it as far as they are here and there is
 * room. None that is secret; and of what is not the submitter's own, none that they may not have anyhow.
 */
export async function contentOf(
  { args }: Pick<Task, 'args'>,
  { engine, authority }: { readonly engine: Engine; readonly authority: Authority },
): Promise<readonly Block[]> {
  const { store } = engine
  const awaited = new Set(promisesIn(args).map(({ target }) => cidKey(target)))
  const pending: CID[] = []
  for (const cid of linksOf(blockOf(args))) {
    if (!awaited.has(cidKey(cid)) && (await mayHave(cid, authority))) pending.push(cid)
  }
  return blocksBelow(pending, store)
}

/** The blocks that are reached from these by links, as far as they are here, are no secrets, and have room. */
export async function blocksBelow(
  roots: readonly CID[],
  store: Pick<Store, 'block' | 'isSecret'>,
): Promise<readonly Block[]> {
  const pending = [...roots]
  const found = new Map<string, Block>()
  let room = contentBytesMax
  for (let cid = pending.pop(); cid; cid = pending.pop()) {
    if (found.has(cidKey(cid)) || (await store.isSecret(cid))) continue
    const bytes = await store.block(cid)
    if (!bytes || bytes.length > room) continue
    room -= bytes.length
    found.set(cidKey(cid), { cid, bytes })
    if (cid.code !== codec.raw) pending.push(...linksOf({ cid, bytes }))
  }
  return [...found.values()]
}

async function mayHave(cid: CID, authority: Authority): Promise<boolean> {
  return authority.isExecutor || (await authority.refuses('/block/get', { cid })) === undefined
}
