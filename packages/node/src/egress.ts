import { createEgress, serversResolve, type Egress } from '@ipvm/egress'
import type { EgressConfig } from './config/config.ts'
import { realWorld } from './world.ts'

/** The one guard through which connections leave a node. */
export function egressOf({ private: exceptions = [], dns = [], authorities = [] }: Partial<EgressConfig>): Egress {
  return createEgress({
    after: realWorld.after,
    exceptions,
    authorities,
    ...(dns.length > 0 && { resolve: serversResolve(dns) }),
  })
}
