import { webCryptoSeal, type Seal } from '@ipvm/runtime'
import type { Home } from '../home.ts'
import { readSealKey } from './key-file.ts'

/** The seal of a node, whose key is in its home. It is read when something is sealed first, or opened. */
export function homeSeal({ sealKey }: Pick<Home, 'sealKey'>): Seal {
  let made: Promise<Seal> | undefined
  const seal = () => {
    made ??= readSealKey(sealKey).then(webCryptoSeal)
    made.catch(() => {
      made = undefined
    })
    return made
  }
  return {
    seal: async (bytes, context) => (await seal()).seal(bytes, context),
    open: async sealed => (await seal()).open(sealed),
  }
}
