import { homeOf, IpvmNode, makeIdentity, readIdentity, type Home } from '@ipvm/node'
import type { Call } from './command.ts'
import { orStop } from './exit.ts'
import { say } from './output.ts'

/** Opens the node of a call; it has to be there. */
export async function openNode({ home: folder }: Call): Promise<IpvmNode> {
  const home = homeOf(folder)
  return new IpvmNode(home, orStop(await readIdentity(home)), { onDoubt: warn })
}

/** Opens the node of a call, and makes one first where there is none. */
export async function openOrMakeNode(call: Call): Promise<{ node: IpvmNode; home: Home; made: boolean }> {
  const home = homeOf(call.home)
  const { signer, made } = orStop(await makeIdentity(home))
  return { node: new IpvmNode(home, signer, { onDoubt: warn }), home, made }
}

function warn(receipt: unknown, problem: string): void {
  say(`ipvm: the stored receipt ${receipt} is not used: ${problem}; its task runs again`)
}
