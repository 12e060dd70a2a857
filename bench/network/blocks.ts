// A large result, block by block and verified, beside a plain GET and beside Helia's bitswap.
import { hash, randomBytes } from 'node:crypto'
import { median } from '../measure.ts'
import type { Figure } from '../wasm/figure.ts'
import type { Echo } from './echo.program.ts'
import { ratioFigure, ratios, round } from './figures.ts'
import type { Ours } from './ours.program.ts'
import { endAll, startProgram, type Program } from './program.ts'
import type { Raw } from './raw.program.ts'

const length = 20_000_000
const leafBytes = 2 ** 20

/** What the two of Helia do (helia.program.mjs). */
type Helia = {
  readonly address: (nothing: undefined) => string
  readonly connect: (address: string) => Promise<void>
  readonly offer: (bytes: Uint8Array) => Promise<Uint8Array>
  readonly fetch: (file: { root: Uint8Array; length: number }) => Promise<number>
}

/** What is measured of one file, milliseconds; of a processor those of whoever asks, its garbage collector's threads included. */
const ways = ['get', 'getProcessor', 'hash', 'http', 'httpProcessor', 'libp2p', 'helia'] as const

type Times = Readonly<Record<(typeof ways)[number], number[]>>

function noTimes(): Times {
  return { get: [], getProcessor: [], hash: [], http: [], httpProcessor: [], libp2p: [], helia: [] }
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
    const times = noTimes()
    for (let n = -1; n < rounds; n++) {
      const some = noTimes()
      for (let i = 0; i < each; i++) {
        const bytes = new Uint8Array(randomBytes(length))
        await server.ask('file', bytes)
        const got = await client.ask('get', { url, length })
        some.get.push(got.took)
        some.getProcessor.push(got.processor)
        some.hash.push(hashed(bytes))
        const { blocks, processor } = await fetched(http, bytes)
        some.http.push(blocks)
        some.httpProcessor.push(processor)
        some.libp2p.push((await fetched(libp2p, bytes)).file)
        const [from, to] = helia
        some.helia.push(await to.ask('fetch', { root: await from.ask('offer', bytes), length }))
      }
      if (n >= 0) for (const way of ways) times[way].push(median(some[way]))
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
  readonly processor: number
  readonly file: number
}

async function fetched([from, to]: readonly [Program<Ours>, Program<Ours>], bytes: Uint8Array): Promise<Fetched> {
  return to.ask('fetch', { root: await from.ask('offer', bytes), length })
}

/** Milliseconds of hashing alone, what no verified way can do without: a leaf of a file at a time. */
function hashed(bytes: Uint8Array): number {
  const began = performance.now()
  for (let at = 0; at < bytes.length; at += leafBytes) hash('sha256', bytes.subarray(at, at + leafBytes))
  return performance.now() - began
}

function figuresOf({ get, getProcessor, hash, http, httpProcessor, libp2p, helia }: Times): readonly Figure[] {
  const took = (times: readonly number[]) => `${round(median(times))} ms`
  // Of rates: who takes longer has the smaller one.
  return [
    ratioFigure('20 MB by blocks over HTTP, of a raw GET', {
      ...{ asked: '≥ 0.7', ratios: ratios(get, http) },
      note: `${took(http)} against ${took(get)}, until every block is here and verified; of a processor, of who asks, ${took(httpProcessor)} against ${took(getProcessor)}; hashing alone takes ${took(hash)}`,
    }),
    ratioFigure('20 MB by blocks over libp2p, of Helia’s bitswap', {
      ...{ asked: '≥ 0.8', ratios: ratios(helia, libp2p) },
      note: `${took(libp2p)} against ${took(helia)}; both until the file is put together, over TCP, noise and yamux, from memory to memory`,
    }),
  ]
}
