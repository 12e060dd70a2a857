import type { Egress } from '@ipvm/egress'
import { error } from '@ipvm/ipld'

/** Of a node that nothing leaves. */
export const noEgress: Egress = {
  request: async () => error({ name: 'EgressRefused', message: 'nothing leaves this node', sent: false }),
}
