import {
  admissionOf,
  effectsOf,
  homeOf,
  IpvmNode,
  isTracingAsked,
  makeIdentity,
  observers,
  readConfig,
  readIdentity,
  type EventNews,
  type Home,
  type NodeObserver,
} from '@ipvm/node'
import type { OnSchedule } from '@ipvm/runtime'
import type { Signer } from '@ipvm/varsig'
import packageJson from '../package.json' with { type: 'json' }
import type { Call } from './command.ts'
import { orStop } from './exit.ts'
import { ownEffects } from './load/effects.ts'
import { say } from './output.ts'

/** What is told of what a node runs. */
export interface Watching {
  readonly observers?: readonly NodeObserver[]
  readonly onSchedule?: OnSchedule
  readonly onEvent?: (news: EventNews) => void
}

/** Opens the node of a call; it has to be there. */
export async function openNode({ home: folder }: Call, watching: Watching = {}): Promise<IpvmNode> {
  const home = homeOf(folder)
  return open(home, orStop(await readIdentity(home)), watching)
}

/** Opens the node of a call, and makes one first where there is none. */
export async function openOrMakeNode(
  call: Call,
  watching: Watching = {},
): Promise<{ node: IpvmNode; home: Home; made: boolean }> {
  const home = homeOf(call.home)
  const { signer, made } = orStop(await makeIdentity(home))
  return { node: await open(home, signer, watching), home, made }
}

async function open(home: Home, signer: Signer, { observers: told = [], ...watching }: Watching): Promise<IpvmNode> {
  const tracing = isTracingAsked(process.env) ? [await spans()] : []
  const observer = observers([...told, ...tracing])
  const config = orStop(await readConfig(home))
  const effects = await ownEffects(config)
  const switched = orStop(
    effectsOf(
      config,
      effects.map(({ cmd }) => cmd),
    ),
  )
  const { egress, network } = config
  return new IpvmNode(home, signer, {
    onDoubt: warn,
    effects,
    switched,
    egress,
    open: network.public,
    admission: admissionOf(network),
    ...watching,
    ...(observer && { observer }),
  })
}

async function spans(): Promise<NodeObserver> {
  const { exportSpans } = await import('@ipvm/node/tracing')
  return exportSpans(packageJson.version, problem => say(`ipvm: spans did not arrive at the collector: ${problem}`))
}

function warn(receipt: unknown, problem: string): void {
  say(`ipvm: the stored receipt ${receipt} is not used: ${problem}; its task runs again`)
}
