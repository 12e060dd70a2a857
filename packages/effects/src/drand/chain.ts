/** A network that signs a number every few seconds, together (drand.love). */
export interface Chain {
  /** By which the network names itself: the hash of all that follows here. */
  readonly hash: string
  /** Seconds. */
  readonly period: number
  /** When its first round was, seconds since 1970. */
  readonly genesis: number
  /** Hexadecimal. */
  readonly publicKey: string
  /** Whether each round signs the one before it, too (`pedersen-bls-chained`), or itself alone (RFC 9380 on G1). */
  readonly isChained: boolean
}

/** The networks of the League of Entropy. */
export const chains = {
  quicknet: {
    hash: '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971',
    period: 3,
    genesis: 1_692_803_367,
    publicKey:
      '83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a',
    isChained: false,
  },
  default: {
    hash: '8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce',
    period: 30,
    genesis: 1_595_431_050,
    publicKey: '868f005eb8e6e4ca0a47c8a77ceaa5309a47978a7c71bc5cce96366b5d7a569937c529eeda66c7293784a9402801af31',
    isChained: true,
  },
} as const satisfies Readonly<Record<string, Chain>>

export type ChainName = keyof typeof chains
export const chainNames = ['quicknet', 'default'] as const satisfies readonly ChainName[]

/** When a round is due, seconds since 1970. */
export function dueAt({ genesis, period }: Chain, round: number): number {
  return genesis + (round - 1) * period
}
