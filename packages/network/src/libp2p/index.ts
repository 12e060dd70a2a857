export type { Libp2pNodeOptions } from './node.ts'
export { libp2pTransport, type Libp2pOptions } from './transport.ts'
