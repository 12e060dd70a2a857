import { parseCid } from '@ipvm/ipld'
import { decodeDelegation, revoke as sign, revokeName } from '@ipvm/ucan'
import { writeContainer } from '@ipvm/ucan/container'
import type { Command } from '../command.ts'
import { exit, orStop, Stop } from '../exit.ts'
import { signerOf } from '../load/keys.ts'
import { openNode } from '../open.ts'
import { print, say } from '../output.ts'

/** `ipvm revoke CID` */
export const revoke: Command = {
  usage: 'CID',
  words: 1,
  summary: 'Takes a delegation back, for good. It counts wherever the revocation arrives, so send it on.',
  examples: ['revoke bafyrei…', 'revoke bafyrei… --key alice'],
  options: { key: { summary: 'sign with this key of yours instead of the node’s', value: 'NAME' } },
  run: async call => {
    const [text] = call.positionals
    if (text === undefined) throw new Stop({ name: 'Usage', message: 'revoke needs the CID of a delegation' })
    const cid = orStop(parseCid(text))
    const signer = await signerOf(call)
    const node = await openNode(call)
    try {
      const bytes = await node.store.block(cid)
      const delegation = bytes && decodeDelegation(bytes)
      const known = delegation && 'ok' in delegation ? delegation.ok : undefined
      const revocation = known ? await sign(known, signer) : await revokeName(cid, signer)
      await node.store.commit({ revocations: [revocation] })
      const container = new TextDecoder().decode(await writeContainer([revocation.bytes], 'base64url'))
      print(call.json ? JSON.stringify({ revoked: cid.toString(), iss: signer.did, container }) : container)
      if (known && known.iss !== signer.did) {
        say(
          `ipvm: note that ${known.iss} issued it; ${signer.did} may take it back only where it is in the chain before`,
        )
      }
    } finally {
      await node.close()
    }
    return exit.ok
  },
}
