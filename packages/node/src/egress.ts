import { createEgress, serversResolve, type Egress } from '@ipvm/egress'
import type { EgressConfig } from './config/config.ts'
import { realWorld } from './world.ts'

/** The guard of a node; nothing private is open where nothing is set. */
export function egressOf({
  private: exceptions = [],
  authorities = [],
  nameServers = [],
}: Partial<EgressConfig>): Egress {
  const resolve = nameServers.length === 0 ? {} : { resolve: serversResolve(nameServers) }
  return createEgress({ after: realWorld.after, exceptions, authorities, ...resolve })
}
