// Our own node, as the benchmarks run it.
import type { Value } from '@ipvm/ipld'
import { homeOf, IpvmNode, makeIdentity } from '@ipvm/node'

/** A new node, its store in a folder of its own. */
export async function openNode(folder: string): Promise<IpvmNode> {
  const home = homeOf(folder)
  const identity = await makeIdentity(home)
  if ('error' in identity) throw new Error(identity.error.message)
  return new IpvmNode(home, identity.ok.signer)
}

/** Runs a workflow; throws where a task failed. */
export async function runOurs(node: IpvmNode, draft: Value): Promise<void> {
  const ended = await node.run(draft)
  if ('error' in ended) throw new Error(ended.error.message)
  if (ended.ok.end !== 'ok') throw new Error(`our workflow ended as ${ended.ok.end}`)
}
