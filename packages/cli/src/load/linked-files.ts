import { cidKey, CID, codec, isMap, linksOf, type Block, type Value } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import type { Compiled } from '@ipvm/workflow'

/**
 * The blocks of the files that values link to, as far as they are stored here: what another node may lack. What other
 * links lead to is its own.
 */
export async function linkedFiles({ store }: IpvmNode, values: readonly Value[]): Promise<readonly Block[]> {
  const found = new Map<string, Block>()
  const pending = values.flatMap(linksIn)
  for (let cid = pending.pop(); cid; cid = pending.pop()) {
    if (cid.code !== codec.raw && cid.code !== codec.dagPb) continue
    if (found.has(cidKey(cid))) continue
    const bytes = await store.block(cid)
    if (!bytes) continue
    found.set(cidKey(cid), { cid, bytes })
    pending.push(...linksOf({ cid, bytes }))
  }
  return [...found.values()]
}

/** A compiled workflow with the files that are stored here already, such as its modules. */
export async function withLinkedFiles(node: IpvmNode, compiled: Compiled): Promise<Compiled> {
  const { workflow, blocks } = compiled
  const handler = workflow.catch ? [workflow.catch.mod] : []
  const values = [...Object.values(workflow.tasks).map(({ args }) => args), ...handler]
  const known = new Set(blocks.map(({ cid }) => cidKey(cid)))
  const files = (await linkedFiles(node, values)).filter(({ cid }) => !known.has(cidKey(cid)))
  return { ...compiled, blocks: [...files, ...blocks] }
}

function linksIn(value: Value): readonly CID[] {
  if (value instanceof CID) return [value]
  if (Array.isArray(value)) return value.flatMap(linksIn)
  return isMap(value) ? Object.values(value).flatMap(linksIn) : []
}
