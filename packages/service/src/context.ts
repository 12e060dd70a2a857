import type { Network } from '@ipvm/network'
import type { Runtime, World } from '@ipvm/runtime'
import type { Store } from '@ipvm/store'
import type { Did, Signer } from '@ipvm/varsig'
import type { Command, VerifiedTokens } from '@ipvm/ucan'
import type { Wallet } from './wallet.ts'

/** What every part of a service has at hand. */
export interface ServiceContext {
  readonly signer: Signer
  readonly store: Store
  readonly world: World
  readonly wallet: Wallet
  /** Where an agent may be reached, as far as that is known. */
  readonly addressesOf?: (agent: Did) => Promise<readonly string[]>
  /** Whether its owner deals with an agent, so that it may have been let do something here. */
  readonly knows?: (agent: Did) => Promise<boolean>
  /** Commands that anybody may invoke here, and what they cover: the same as the runtime's. */
  readonly open: readonly Command[]
  /** The delegations whose signatures were found right: the same as the runtime's. */
  readonly verified: VerifiedTokens
  /** The node's runtime, which is made with this service and so comes later. */
  readonly runtime: () => Runtime
  /** The others; none before {@link Service.open}, and after it was closed. */
  readonly network: () => Network | undefined
  /** Hears of what the owner may want to know, and of faults. */
  readonly log: (line: string, cause?: unknown) => void
}
