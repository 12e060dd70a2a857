// A large result, block by block and verified, beside a plain GET and beside Helia's bitswap.
import { randomBytes } from 'node:crypto'
import { median } from '../measure.ts'
import type { Figure } from '../wasm/figure.ts'
import type { Echo } from './echo.program.ts'
import { ratioFigure, ratios, round } from './figures.ts'
import type { Ours } from './ours.program.ts'
import { endAll, startProgram, type Program } from './program.ts'
import type { Raw } from './raw.program.ts'

const length = 20_000_000

/** What the two of Helia do (helia.program.mjs). */
type Helia = {
  readonly address: (nothing: undefined) => string
  readonly connect: (address: string) => Promise<void>
  readonly offer: (bytes: Uint8Array) => Promise<Uint8Array>
  readonly fetch: (file: { root: Uint8Array; length: number }) => Promise<number>
}

/** Milliseconds of one file, by each of the ways. */
interface Times {
  readonly get: number[]
  readonly http: number[]
  readonly libp2p: number[]
  readonly helia: number[]
}

/** 20 MB by each way in turns, a new file each time, from memory to memory. */
export async function blockFigures(rounds: number, each: number): Promise<readonly Figure[]> {
  const server = await startProgram<Echo>('echo.program.ts')
  const client = await startProgram<Raw>('raw.program.ts')
  const http = await pair(() => startProgram<Ours>('ours.program.ts', ['http']))
  const libp2p = await pair(() => startProgram<Ours>('ours.program.ts'))
  const helia = await pair(() => startProgram<Helia>('helia.program.mjs'))
  try {
    const url = `${await server.ask('url', undefined)}file`
    const times: Times = { get: [], http: [], libp2p: [], helia: [] }
    for (let n = -1; n < rounds; n++) {
      const some: Times = { get: [], http: [], libp2p: [], helia: [] }
      for (let i = 0; i < each; i++) {
        const bytes = new Uint8Array(randomBytes(length))
        await server.ask('file', bytes)
        some.get.push(await client.ask('get', { url, length }))
        some.http.push((await fetched(http, bytes)).blocks)
        some.libp2p.push((await fetched(libp2p, bytes)).file)
        const [from, to] = helia
        some.helia.push(await to.ask('fetch', { root: await from.ask('offer', bytes), length }))
      }
      if (n >= 0) for (const way of ['get', 'http', 'libp2p', 'helia'] as const) times[way].push(median(some[way]))
    }
    return figuresOf(times)
  } finally {
    await endAll([server, client, ...http, ...libp2p, ...helia])
  }
}

async function pair<P extends Program<{ address: (nothing: undefined) => string; connect: (to: string) => unknown }>>(
  start: () => Promise<P>,
): Promise<readonly [P, P]> {
  const [from, to] = [await start(), await start()]
  await to.ask('connect', await from.ask('address', undefined))
  return [from, to]
}

/** Milliseconds until all blocks are here, each verified, and until the file is put together of them, verified once more. */
interface Fetched {
  readonly blocks: number
  readonly file: number
}

async function fetched([from, to]: readonly [Program<Ours>, Program<Ours>], bytes: Uint8Array): Promise<Fetched> {
  return to.ask('fetch', { root: await from.ask('offer', bytes), length })
}

function figuresOf({ get, http, libp2p, helia }: Times): readonly Figure[] {
  const took = (times: readonly number[]) => `${round(median(times))} ms`
  // Of rates: who takes longer has the smaller one.
  return [
    ratioFigure('20 MB by blocks over HTTP, of a raw GET', {
      ...{ asked: '≥ 0.7', ratios: ratios(get, http) },
      note: `${took(http)} against ${took(get)}, until every block is here and verified`,
    }),
    ratioFigure('20 MB by blocks over libp2p, of Helia’s bitswap', {
      ...{ asked: '≥ 0.8', ratios: ratios(helia, libp2p) },
      note: `${took(libp2p)} against ${took(helia)}; both until the file is put together, over TCP, noise and yamux, from memory to memory`,
    }),
  ]
}
