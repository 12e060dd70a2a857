export { homeOf, makeHome, type Home } from './home.ts'
export { makeIdentity, readIdentity, type NoNode } from './identity.ts'
export { IpvmNode, type NodeOptions } from './node.ts'
export type { NotRerunnable, Rerun } from './rerun.ts'
