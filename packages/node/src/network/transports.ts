import { ok, type Result } from '@ipvm/ipld'
import type { OpenTransport } from '@ipvm/network'
import { httpTransport, type HttpTransportOptions } from '@ipvm/network/http'
import { egressFetch } from '@ipvm/network/http/egress'
import type { Egress } from '@ipvm/egress'
import type { UnusableHome } from '../home.ts'
import { dialOnlyLibp2p } from './dial-only.ts'
import { openLibp2p, usesLibp2p, type Libp2pConfig, type Libp2pParts, type NoLibp2p } from './libp2p.ts'

/** Of what the ways of a node to others are made. */
export interface TransportsOptions extends Omit<Libp2pParts, 'config' | 'egress'> {
  /** What the config says of libp2p, where it does; without it, others are gone to over libp2p and do not come. */
  readonly libp2p?: Libp2pConfig
  /** What is served over HTTP, and how others are asked; its `fetch` is the guard's, where it is left out. */
  readonly http?: HttpTransportOptions
  /** The guard through which this node goes to its peers. */
  readonly egress: Egress
}

/** The ways of a node to others, the best one first. Failures: `NoLibp2p`, `UnusableHome`. */
export async function openTransports(
  options: TransportsOptions,
): Promise<Result<readonly OpenTransport[], NoLibp2p | UnusableHome>> {
  const { libp2p: config, http, egress, ...parts } = options
  const overHttp = httpTransport({ fetch: egressFetch(egress), ...http })
  if (!config || !usesLibp2p(config)) return ok([overHttp, dialOnlyLibp2p({ ...parts, egress })])
  const overLibp2p = await openLibp2p({ ...parts, config, egress })
  return 'error' in overLibp2p ? overLibp2p : ok([overHttp, overLibp2p.ok])
}
