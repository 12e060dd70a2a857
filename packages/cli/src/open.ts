import {
  homeOf,
  IpvmNode,
  isTracingAsked,
  makeIdentity,
  observers,
  readIdentity,
  type Home,
  type NodeObserver,
} from '@ipvm/node'
import type { Signer } from '@ipvm/varsig'
import packageJson from '../package.json' with { type: 'json' }
import type { Call } from './command.ts'
import { orStop } from './exit.ts'
import { ownEffects } from './load/effects.ts'
import { say } from './output.ts'

/** Opens the node of a call; it has to be there. `watching` is told of what it runs. */
export async function openNode({ home: folder }: Call, watching: readonly NodeObserver[] = []): Promise<IpvmNode> {
  const home = homeOf(folder)
  return open(home, orStop(await readIdentity(home)), watching)
}

/** Opens the node of a call, and makes one first where there is none. */
export async function openOrMakeNode(
  call: Call,
  watching: readonly NodeObserver[] = [],
): Promise<{ node: IpvmNode; home: Home; made: boolean }> {
  const home = homeOf(call.home)
  const { signer, made } = orStop(await makeIdentity(home))
  return { node: await open(home, signer, watching), home, made }
}

async function open(home: Home, signer: Signer, watching: readonly NodeObserver[]): Promise<IpvmNode> {
  const tracing = isTracingAsked(process.env) ? [await spans()] : []
  const observer = observers([...watching, ...tracing])
  const effects = await ownEffects(process.env.IPVM_EFFECTS)
  return new IpvmNode(home, signer, { onDoubt: warn, effects, ...(observer && { observer }) })
}

async function spans(): Promise<NodeObserver> {
  const { exportSpans } = await import('@ipvm/node/tracing')
  return exportSpans(packageJson.version, problem => say(`ipvm: spans did not arrive at the collector: ${problem}`))
}

function warn(receipt: unknown, problem: string): void {
  say(`ipvm: the stored receipt ${receipt} is not used: ${problem}; its task runs again`)
}
