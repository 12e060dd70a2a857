// Who asks: signs invocations ahead of time, and sends them when it is told to.
import { parseCid } from '@ipvm/ipld'
import { decodeDelegation, invoke, noNonce, readContainer, readReceipt, writeContainer } from '@ipvm/ucan'
import { ed25519Signer, parseDidKey, type Did } from '@ipvm/varsig'
import { load, post, type Load } from './load.ts'
import { answer } from './program.ts'
import { realWorld } from './world.ts'

const signer = ed25519Signer(realWorld.random(32))

/** Whom to ask, and by which leave. */
interface Whom {
  readonly did: Did
  /** A delegation. */
  readonly grant: Uint8Array
  /** The module with `add-one`. */
  readonly mod: string
}

let whom: Whom | undefined
const bodies = new Map<string, readonly Uint8Array[]>()

/** What is to be signed under a name. */
interface Batch {
  readonly name: string
  readonly count: number
  /** The first argument; each further invocation has the next. */
  readonly from: number
  /** After so many arguments they begin again. Every invocation is another one all the same: by when it expires. */
  readonly distinct: number
}

async function signed({ count, from, distinct }: Batch): Promise<readonly Uint8Array[]> {
  if (!whom) throw new Error('say whom to ask first')
  const { did, grant, mod } = whom
  const proof = decodeDelegation(grant)
  const module = parseCid(mod)
  if ('error' in proof || 'error' in module) throw new Error('that is no delegation, or no module')
  const exp = realWorld.now() + 3600
  const all: Uint8Array[] = []
  for (let n = 0; n < count; n++) {
    const args = { mod: module.ok, fun: 'add-one', params: [from + (n % distinct)] }
    const fields = {
      sub: did,
      cmd: '/wasm/run',
      args,
      prf: [proof.ok.envelope.cid],
      nonce: noNonce,
      exp: exp + n,
    } as const
    const { envelope } = await invoke(fields, signer)
    all.push(await writeContainer([envelope.bytes, grant]))
  }
  return all
}

/** Looks at some answers: each has a receipt that says how a task ended, and well. */
async function wrongAmong(answers: readonly Uint8Array[]): Promise<readonly string[]> {
  const wrong: string[] = []
  for (const bytes of answers) {
    const container = await readContainer(bytes)
    const receipts = 'ok' in container ? container.ok.tokens.map(token => readReceipt(token)) : []
    const [first] = await Promise.all(receipts)
    if (!first || 'error' in first || !('ok' in first.ok.out))
      wrong.push(Buffer.from(bytes).toString('latin1').slice(0, 200))
  }
  return wrong
}

const handlers = {
  /** Its DID, and the bytes of the key of it. */
  key: () => {
    const key = parseDidKey(signer.did)
    if ('error' in key) throw new Error(key.error.message)
    return { did: signer.did, key: key.ok.bytes }
  },
  askOf: (named: Whom) => {
    whom = named
  },
  sign: async (batch: Batch) => {
    const all = await signed(batch)
    bodies.set(batch.name, all)
    return all[0]?.length ?? 0
  },
  /** Sends all of a name's over so many connections. */
  load: async ({
    name,
    url,
    connections,
    isOurs,
  }: {
    name: string
    url: string
    connections: number
    isOurs: boolean
  }) => {
    const where = new URL(url)
    const requests = (bodies.get(name) ?? []).map(body => post(where, `${where.pathname}${where.search}`, body))
    const done: Load = await load(where, requests, connections)
    const wrong = isOurs ? await wrongAmong(done.some) : []
    return { ...done, some: [], wrong: [...done.wrong, ...wrong] }
  },
}
export type Caller = typeof handlers
answer(handlers)
