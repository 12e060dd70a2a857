export type { ServiceContext } from './context.ts'
export { Service, type ServiceParts } from './service.ts'
export type { Wallet } from './wallet.ts'
