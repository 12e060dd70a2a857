export type { Signer } from '@ipvm/varsig'
