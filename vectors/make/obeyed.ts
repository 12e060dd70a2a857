import { Float, nameOf } from '@ipvm/ipld'
import { revoke } from '@ipvm/ucan'
import { chainCase, type Story } from './chain.ts'
import { give, now, people } from './people.ts'
import { twinOf } from './twin.ts'

const { alice, bob, carol, dan, aliceP256, bobSecp256k1 } = people

const everything = await give(alice, bob, { cmd: '/' })
const toBob = await give(alice, bob)
const toCarol = await give(bob, carol, { cmd: '/msg/send' })
const powerline = await give(bob, carol, { sub: null })
const toDan = await give(carol, dan)
const lessToDan = await give(carol, dan, { cmd: '/msg/send' })
const toPhone = await give(alice, aliceP256)
const toWallet = await give(aliceP256, bobSecp256k1)
const timed = await give(alice, bob, { nbf: now, exp: now })
const fragment = await give(alice, bob, { aud: `${bob.did}#phone` as typeof bob.did })
const demanding = await give(alice, bob, {
  pol: [
    ['==', '.scale', new Float(2)],
    ['all', '.to', ['like', '.', '*@example.com']],
  ],
})
const { bytes: revocationByCarol } = await revoke(toBob, carol)

const stories: Readonly<Record<string, Story>> = {
  'a command is attenuated in the middle of the chain': { by: dan, proofs: [everything, toCarol, lessToDan] },
  'a powerline in the middle': { by: dan, proofs: [toBob, powerline, toDan] },
  'a powerline at the end': { by: carol, proofs: [toBob, powerline] },
  'proofs come in any order': { by: dan, proofs: [toBob, powerline, toDan], atHand: [toDan, toBob, powerline] },
  'P-256 and secp256k1 in one chain': { by: bobSecp256k1, proofs: [toPhone, toWallet] },
  'a high s in a proof': { by: bobSecp256k1, proofs: [toPhone, twinOf(toWallet)] },
  'exp itself still counts, and nbf already': { by: bob, proofs: [timed] },
  'a minute after exp': { by: bob, proofs: [timed], time: now + 60 },
  'a minute before nbf': { by: bob, proofs: [timed], time: now - 60 },
  'whole floats and a quantifier in the policy': {
    by: bob,
    proofs: [demanding],
    fields: { args: { scale: 2, to: ['carol@example.com'] } },
  },
  'whole floats in the arguments': { by: alice, fields: { args: { scale: new Float(1) } } },
  'links in the arguments': { by: alice, fields: { args: { module: nameOf('wasm') } } },
  'a fragment of a DID does not count': {
    by: bob,
    proofs: [fragment],
    fields: { sub: `${alice.did}#mail` as typeof alice.did },
  },
  'a revocation by one who issued no proof': { by: bob, proofs: [toBob], revocations: [revocationByCarol] },
  'for an audience that is not the subject': { by: alice, fields: { aud: carol.did }, executor: carol.did },
}

/** Invocations that are to be obeyed. */
export function obeyed() {
  return Promise.all(Object.entries(stories).map(([name, story]) => chainCase(name, story)))
}
