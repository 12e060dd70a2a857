import { randomBytes } from 'node:crypto'
import { decodeJson, isMap, type Value } from '@ipvm/ipld'
import { delegate as sign, isCommand, parsePolicy, type Delegation, type DelegationFields } from '@ipvm/ucan'
import { writeContainer } from '@ipvm/ucan/container'
import { isDid, type Did, type Signer } from '@ipvm/varsig'
import type { Call, Command } from '../command.ts'
import { showQr } from '../display/qr.ts'
import { exit, orStop, Stop } from '../exit.ts'
import { writeOutput } from '../load/file.ts'
import { signerOf } from '../load/keys.ts'
import { parseTime } from '../load/time.ts'
import { readTokens } from '../load/tokens.ts'
import { openOrMakeNode } from '../open.ts'
import { print, say } from '../output.ts'

/** `ipvm delegate DID --cmd …` */
export const delegate: Command = {
  usage: 'DID --cmd COMMAND',
  words: 1,
  summary: 'Gives someone authority, and prints it as a container to send to them.',
  examples: [
    'delegate did:key:z6Mk… --cmd /wasm --exp 1d',
    `delegate did:key:z6Mk… --cmd /wasm/run --policy '[["==", ".fun", "blur"]]'`,
    'delegate did:key:z6Mk… --cmd /wasm --sub did:key:z6Mk… --proof mine.ucan --qr',
  ],
  options: {
    cmd: { summary: 'what they may do, and all below it', value: 'COMMAND' },
    policy: { summary: 'what the arguments have to be: a list of UCAN statements in JSON', value: 'JSON' },
    exp: { summary: 'until when: 1d (where none is given), 90m, never, a date', value: 'TIME' },
    nbf: { summary: 'not before', value: 'TIME' },
    sub: { summary: 'about whom: a DID, or any; the signer where none is given', value: 'DID' },
    key: { summary: 'sign with this key of yours instead of the node’s', value: 'NAME' },
    proof: { summary: 'a container whose delegations go along', value: 'FILE' },
    qr: { summary: 'show it as a QR code, too' },
    output: { summary: 'write it into a file', value: 'FILE', short: 'o' },
  },
  run: async call => {
    const signer = await signerOf(call)
    const delegation = await sign(fieldsOf(call, signer, Math.floor(Date.now() / 1000)), signer)
    const proof = call.value('proof')
    const proofs = proof === undefined ? [] : (await readTokens(proof)).tokens
    await keep(call, delegation)
    const tokens = [...proofs, delegation.envelope.bytes]
    const plain = await writeContainer(tokens, 'base64url')
    const zipped = await writeContainer(tokens, 'base64url+gzip')
    const container = new TextDecoder().decode(zipped.length < plain.length ? zipped : plain)
    const path = call.value('output')
    const cid = delegation.envelope.cid.toString()
    if (path !== undefined) await writeOutput(path, new TextEncoder().encode(container))
    if (call.json) print(JSON.stringify({ cid, iss: signer.did, container }))
    else if (path === undefined) print(container)
    if (call.has('qr')) await showQr(container)
    if (!call.json) say(`Delegation ${cid}; take it back with: ipvm revoke ${cid}`)
    return exit.ok
  },
}

function fieldsOf(call: Call, signer: Signer, now: number): DelegationFields {
  const [aud] = call.positionals
  const cmd = call.value('cmd')
  if (!isDid(aud))
    throw new Stop({ name: 'Usage', message: `"${aud ?? ''}" is no DID; to whom? See ipvm delegate --help` })
  if (cmd === undefined || !isCommand(cmd)) {
    throw new Stop({ name: 'Usage', message: `--cmd ${cmd ?? ''} is no command; write one such as /wasm or /wasm/run` })
  }
  const nbf = call.value('nbf')
  const notBefore = nbf === undefined ? null : parseTime(nbf, now)
  return {
    aud,
    sub: subjectOf(call, signer),
    cmd,
    pol: policyOf(call),
    nonce: randomBytes(12),
    exp: parseTime(call.value('exp') ?? '1d', now),
    ...(notBefore !== null && { nbf: notBefore }),
  }
}

function subjectOf(call: Call, { did }: Signer): Did | null {
  const sub = call.value('sub')
  if (sub === undefined) return did
  if (sub === 'any') return null
  if (isDid(sub)) return sub
  throw new Stop({ name: 'Usage', message: `--sub ${sub} is no DID; write a DID, or any` })
}

function policyOf(call: Call): readonly Value[] {
  const text = call.value('policy')
  if (text === undefined) return []
  const policy = orStop(decodeJson(text))
  orStop(parsePolicy(policy))
  return Array.isArray(policy) && !isMap(policy) ? policy : []
}

/** What was given is kept, so that it can be shown and taken back by its CID. */
async function keep(call: Call, { envelope }: Delegation): Promise<void> {
  const { node } = await openOrMakeNode(call)
  await node.store.commit({ blocks: [envelope] })
  await node.close()
}
