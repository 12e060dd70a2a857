import { encode, Float, type ValueMap } from '@ipvm/ipld'
import type { Delegation } from '@ipvm/ucan'
import { base64, give, nameOfBytes, nonce, now, people, sealed, sealedBytes } from './people.ts'
import { twinOf } from './twin.ts'

const { alice, bob, aliceP256, bobSecp256k1 } = people
const dlg = 'ucan/dlg@1.0.0'
const payload = { iss: alice.did, aud: bob.did, sub: alice.did, cmd: '/msg', pol: [], nonce, exp: now }

/** Delegations: what is read under which name, and what is refused when it is read. */
export async function delegations() {
  return { valid: await readable(), invalid: [...(await withFields()), ...(await ofOtherForm())] }
}

async function valid(name: string, token: Uint8Array | Promise<Delegation>) {
  const bytes = token instanceof Uint8Array ? token : (await token).envelope.bytes
  return { name, token: base64(bytes), cid: nameOfBytes(bytes).toString() }
}

function invalid(name: string, token: Uint8Array, error = 'InvalidClaim') {
  return { name, token: base64(token), error: { name: error } }
}

async function changed(name: string, fields: ValueMap, tag = dlg) {
  return invalid(name, await sealed(alice, tag, { ...payload, ...fields }))
}

async function readable() {
  return [
    await valid('Ed25519', give(alice, bob)),
    await valid('P-256', give(aliceP256, bob, { sub: aliceP256.did })),
    await valid('secp256k1', give(bobSecp256k1, bob, { sub: bobSecp256k1.did })),
    await valid('P-256 with a high s', twinOf(await give(aliceP256, bob, { sub: aliceP256.did }))),
    await valid('secp256k1 with a high s', twinOf(await give(bobSecp256k1, bob, { sub: bobSecp256k1.did }))),
    await valid('the tag of release candidate 1', await sealed(alice, `${dlg}-rc.1`, payload)),
    await valid(
      'a varsig header of version 0',
      await sealed(alice, dlg, payload, Uint8Array.of(0x34, 0xed, 0x01, 0x71)),
    ),
    await valid('whole floats in the policy', give(alice, bob, { pol: [['<', '.price', new Float(100)]] })),
    await valid(
      'a powerline, for good, with times and meta',
      give(alice, bob, { sub: null, exp: null, nbf: -1, meta: { note: 1 } }),
    ),
    await valid('an empty nonce', give(alice, bob, { nonce: new Uint8Array(0) })),
    await valid('a DID with a fragment', give(alice, bob, { aud: `${bob.did}#key` as typeof bob.did })),
  ]
}

/** Good signatures over payloads with a field that is wrong. */
async function withFields() {
  return [
    await changed('an unknown field', { extra: 1 }),
    await changed('no subject', { sub: 1 }),
    await changed('an audience that is null', { aud: null }),
    await changed('an audience that is no DID', { aud: 'bob' }),
    await changed('a not-before that is text', { nbf: '0' }),
    await changed('a not-before that is null', { nbf: null }),
    await changed('an end that is true', { exp: true }),
    await changed('an end that is a whole float', { exp: new Float(now) }),
    await changed('an end beyond 2^53 - 1', { exp: 2n ** 53n }),
    await changed('a command in upper case', { cmd: '/Msg' }),
    await changed('a command that ends in a slash', { cmd: '/msg/' }),
    await changed('a nonce that is text', { nonce: 'x' }),
    await changed('a policy with an unknown operator', { pol: [['not', ['~', '.a', 1]]] }),
    await changed('a policy with a malformed selector', { pol: [['==', 'a', 1]] }),
    await changed('an unknown version', {}, 'ucan/dlg@1.0.1'),
    await changed('an unknown type', {}, 'ucan/grant@1.0.0'),
  ]
}

/** Tokens whose form is wrong. */
async function ofOtherForm() {
  const { exp: _, ...endless } = payload
  const content = encode({ h: Uint8Array.of(0x34, 0x01, 0xed, 0x01, 0xed, 0x01, 0x13, 0x71), [dlg]: payload })
  const unsorted = Buffer.from(content).toString('hex').replace('63657870', '637a7870')
  return [
    invalid('a required field is missing', await sealed(alice, dlg, endless)),
    invalid('a second payload', await sealed(alice, dlg, payload, undefined, { 'ucan/inv@1.0.0': payload })),
    invalid('a third element', encode([new Uint8Array(64), { h: new Uint8Array(8), [dlg]: payload }, 1])),
    invalid('a map in place of the list', encode({ s: new Uint8Array(64), p: payload })),
    invalid('a payload that is a list', await sealed(alice, dlg, [])),
    invalid(
      'keys out of order under a good signature',
      await sealedBytes(alice, Buffer.from(unsorted, 'hex')),
      'MalformedCbor',
    ),
  ]
}
