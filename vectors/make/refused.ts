import { nameOf } from '@ipvm/ipld'
import { revoke, revokeName, type RefusalName } from '@ipvm/ucan'
import { chainCase, open, type Story } from './chain.ts'
import { give, nameOfBytes, now, people, sealed } from './people.ts'
import { twinOf } from './twin.ts'

const { alice, bob, carol, aliceP256 } = people
const dlg = 'ucan/dlg@1.0.0'

const toBob = await give(alice, bob)
const narrow = await give(alice, bob, { cmd: '/msg/send' })
const crypto = await give(alice, bob, { cmd: '/crypto' })
const powerline = await give(alice, bob, { sub: null })
const past = await give(alice, bob, { exp: now })
const future = await give(alice, bob, { nbf: now })
const strict = await give(alice, bob, { pol: [['==', '.to', 'carol']] })
const blind = await give(alice, bob, { pol: [['not', ['==', '.to.x', 'carol']]] })
const toCarol = await give(bob, carol)
const ofBob = await give(bob, carol, { sub: bob.did })
const phone = await give(aliceP256, bob, { sub: aliceP256.did })
const phoneTwin = twinOf(phone)
const ofPhone = { sub: aliceP256.did }
const byAnother = await sealed({ ...bob, did: alice.did }, dlg, toBob.envelope.payload)
const p256Header = Uint8Array.of(0x34, 0x01, 0xec, 0x01, 0x80, 0x24, 0x12, 0x71)
const asP256 = await sealed(alice, dlg, toBob.envelope.payload, p256Header)
const { bytes: ended } = await revoke(toBob, alice)
const { bytes: phoneEnded } = await revokeName(phone.envelope.cid, aliceP256)
const { bytes: twinEnded } = await revokeName(nameOfBytes(phoneTwin), aliceP256)

const stories: readonly (readonly [RefusalName, string, Story])[] = [
  [
    'InvalidClaim',
    '/crypto does not cover /cryptocurrency',
    { by: bob, proofs: [crypto], fields: { cmd: '/cryptocurrency' } },
  ],
  ['InvalidClaim', 'a command is widened in the middle of the chain', { by: carol, proofs: [narrow, toCarol] }],
  ['InvalidClaim', 'a powerline at the root', { by: bob, proofs: [powerline] }],
  ['InvalidClaim', 'nobody delegated', { by: bob }],
  ['InvalidSubject', 'a proof about another subject', { by: carol, proofs: [toBob, ofBob] }],
  ['InvalidAudience', 'the root is issued by another than the subject', { by: carol, proofs: [toCarol] }],
  ['InvalidAudience', 'leaf first', { by: carol, proofs: [toCarol, toBob] }],
  ['InvalidAudience', 'the last proof is for another', { by: carol, proofs: [toBob] }],
  [
    'InvalidAudience',
    'for another audience than the executor',
    { by: alice, fields: { aud: carol.did }, executor: alice.did },
  ],
  ['UnavailableProof', 'a proof is missing', { by: carol, proofs: [toBob, toCarol], atHand: [toCarol] }],
  [
    'UnavailableProof',
    'another delegation than the one that is named',
    { by: bob, names: [nameOf('proof')], atHand: [toBob] },
  ],
  ['Expired', 'a proof has expired', { by: bob, proofs: [past], time: now + 61 }],
  ['TooEarly', 'a proof does not count yet', { by: bob, proofs: [future], time: now - 61 }],
  ['Expired', 'the invocation has expired', { by: alice, fields: { exp: now }, time: now + 61 }],
  ['MatchError', 'a policy of the root does not hold', { by: carol, proofs: [strict, toCarol] }],
  ['MatchError', 'not of what cannot be found', { by: bob, proofs: [blind] }],
  ['Unresolved', 'a promise that is open', { by: alice, fields: { args: { to: open(nameOf('task')) } } }],
  ['InvalidSignature', 'a proof is signed with another key', { by: bob, proofs: [byAnother] }],
  ['InvalidSignature', 'the header names another algorithm than the key', { by: bob, proofs: [asP256] }],
  ['Revoked', 'a proof is revoked by its issuer', { by: bob, proofs: [toBob], revocations: [ended] }],
  [
    'Revoked',
    'the twin of a revoked proof, high s',
    { by: bob, proofs: [phoneTwin], fields: ofPhone, revocations: [phoneEnded] },
  ],
  [
    'Revoked',
    'the twin of a revoked proof, low s',
    { by: bob, proofs: [phone], fields: ofPhone, revocations: [twinEnded] },
  ],
]

/** Invocations that are to be refused, and why. */
export function refused() {
  return Promise.all(
    stories.map(async ([error, name, story]) => ({ ...(await chainCase(name, story)), error: { name: error } })),
  )
}
