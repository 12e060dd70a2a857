import { encode, Float, nameOf, type ValueMap } from '@ipvm/ipld'
import { revoke, revokeName, type Delegation, type Invocation } from '@ipvm/ucan'
import { ask, base64, give, nameOfBytes, nonce, now, people, sealed, sealedBytes } from './people.ts'
import { twinOf } from './twin.ts'

const { alice, bob, carol, dan, aliceP256, bobSecp256k1 } = people
const dlg = 'ucan/dlg@1.0.0'

/** Delegations: what is read under which name, and what is refused when it is read. */
export async function delegations() {
  const payload = { iss: alice.did, aud: bob.did, sub: alice.did, cmd: '/msg', pol: [], nonce, exp: now }
  const valid = async (name: string, token: Uint8Array | Promise<Delegation>) => {
    const bytes = token instanceof Uint8Array ? token : (await token).envelope.bytes
    return { name, token: base64(bytes), cid: nameOfBytes(bytes).toString() }
  }
  const invalid = (name: string, token: Uint8Array, error = 'InvalidClaim') => ({
    name,
    token: base64(token),
    error: { name: error },
  })
  const changed = async (name: string, fields: ValueMap, tag = dlg) =>
    invalid(name, await sealed(alice, tag, { ...payload, ...fields }))
  const { exp: _, ...endless } = payload
  const content = encode({ h: Uint8Array.of(0x34, 0x01, 0xed, 0x01, 0xed, 0x01, 0x13, 0x71), [dlg]: payload })
  const unsorted = Buffer.from(content).toString('hex').replace('63657870', '637a7870')
  return {
    valid: [
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
    ],
    invalid: [
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
    ],
  }
}

interface Case {
  readonly name: string
  readonly invocation: string
  readonly proofs: readonly string[]
  readonly time: number
}

async function chain(
  name: string,
  invocation: Promise<Invocation> | Invocation | Uint8Array,
  proofs: readonly (Delegation | Uint8Array)[] = [],
  time = now,
): Promise<Case> {
  const token = await invocation
  const bytes = (thing: Delegation | Invocation | Uint8Array) =>
    base64(thing instanceof Uint8Array ? thing : thing.envelope.bytes)
  return { name, invocation: bytes(token), proofs: proofs.map(bytes), time }
}

function refused(case_: Case, error: string, more: object = {}) {
  return { ...case_, ...more, error: { name: error } }
}

/** Invocations that are to be obeyed. */
async function obeyed() {
  const toBob = await give(alice, bob)
  const toCarol = await give(bob, carol, { cmd: '/msg/send' })
  const powerline = await give(bob, carol, { sub: null })
  const toDan = await give(carol, dan)
  const toPhone = await give(alice, aliceP256)
  const toWallet = await give(aliceP256, bobSecp256k1)
  const highToWallet = twinOf(toWallet)
  const timed = await give(alice, bob, { nbf: now, exp: now })
  const demanding = await give(alice, bob, {
    pol: [
      ['==', '.scale', new Float(2)],
      ['all', '.to', ['like', '.', '*@example.com']],
    ],
  })
  const fragment = await give(alice, bob, { aud: `${bob.did}#phone` as typeof bob.did })
  const narrowed = await give(alice, bob, { cmd: '/' })
  const foreign = await revoke(toBob, carol)
  return [
    await chain(
      'a command is attenuated in the middle of the chain',
      ask(dan, [narrowed, toCarol, await give(carol, dan, { cmd: '/msg/send' })]),
      [narrowed, toCarol, await give(carol, dan, { cmd: '/msg/send' })],
    ),
    await chain('a powerline in the middle', ask(dan, [toBob, powerline, toDan]), [toBob, powerline, toDan]),
    await chain('a powerline at the end', ask(carol, [toBob, powerline]), [toBob, powerline]),
    await chain('proofs come in any order', ask(dan, [toBob, powerline, toDan]), [toDan, toBob, powerline]),
    await chain('P-256 and secp256k1 in one chain', ask(bobSecp256k1, [toPhone, toWallet]), [toPhone, toWallet]),
    await chain('a high s in a proof', ask(bobSecp256k1, [toPhone, nameOfBytes(highToWallet)]), [
      toPhone,
      highToWallet,
    ]),
    await chain('exp itself still counts, and nbf already', ask(bob, [timed]), [timed]),
    await chain('a minute after exp', ask(bob, [timed]), [timed], now + 60),
    await chain('a minute before nbf', ask(bob, [timed]), [timed], now - 60),
    await chain(
      'whole floats and a quantifier in the policy',
      ask(bob, [demanding], { args: { scale: 2, to: ['carol@example.com'] } }),
      [demanding],
    ),
    await chain('whole floats in the arguments', ask(alice, [], { args: { scale: new Float(1) } })),
    await chain('links in the arguments', ask(alice, [], { args: { module: nameOf('wasm') } })),
    await chain(
      'a fragment of a DID does not count',
      ask(bob, [fragment], { sub: `${alice.did}#mail` as typeof alice.did }),
      [fragment],
    ),
    {
      ...(await chain('a revocation by one who issued no proof', ask(bob, [toBob]), [toBob])),
      revocations: [base64(foreign.bytes)],
    },
    {
      ...(await chain('for an audience that is not the subject', ask(alice, [], { aud: carol.did }))),
      executor: carol.did,
    },
  ]
}

/** Invocations that are to be refused, and why. */
async function disobeyed() {
  const toBob = await give(alice, bob)
  const narrow = await give(alice, bob, { cmd: '/msg/send' })
  const powerline = await give(alice, bob, { sub: null })
  const past = await give(alice, bob, { exp: now })
  const future = await give(alice, bob, { nbf: now })
  const strict = await give(alice, bob, { pol: [['==', '.to', 'carol']] })
  const loose = await give(bob, carol)
  const blind = await give(alice, bob, { pol: [['not', ['==', '.to.x', 'carol']]] })
  const other = await give(bob, carol, { sub: bob.did })
  const phone = await give(aliceP256, bob, { sub: aliceP256.did })
  const onPhone = { sub: aliceP256.did }
  const high = twinOf(phone)
  const wrongKey = await sealed({ ...bob, did: alice.did }, dlg, toBob.envelope.payload)
  const wrongAlgorithm = await sealed(
    alice,
    dlg,
    toBob.envelope.payload,
    Uint8Array.of(0x34, 0x01, 0xec, 0x01, 0x80, 0x24, 0x12, 0x71),
  )
  const crypto = await give(alice, bob, { cmd: '/crypto' })
  const by = async (revocation: Promise<{ bytes: Uint8Array }>) => ({ revocations: [base64((await revocation).bytes)] })
  return [
    refused(
      await chain('/crypto does not cover /cryptocurrency', ask(bob, [crypto], { cmd: '/cryptocurrency' }), [crypto]),
      'InvalidClaim',
    ),
    refused(
      await chain('a command is widened in the middle of the chain', ask(carol, [narrow, loose]), [narrow, loose]),
      'InvalidClaim',
    ),
    refused(await chain('a powerline at the root', ask(bob, [powerline]), [powerline]), 'InvalidClaim'),
    refused(await chain('nobody delegated', ask(bob, [])), 'InvalidClaim'),
    refused(await chain('a proof about another subject', ask(carol, [toBob, other]), [toBob, other]), 'InvalidSubject'),
    refused(
      await chain('the root is issued by another than the subject', ask(carol, [loose]), [loose]),
      'InvalidAudience',
    ),
    refused(await chain('leaf first', ask(carol, [loose, toBob]), [loose, toBob]), 'InvalidAudience'),
    refused(await chain('the last proof is for another', ask(carol, [toBob]), [toBob]), 'InvalidAudience'),
    refused(
      await chain('for another audience than the executor', ask(alice, [], { aud: carol.did })),
      'InvalidAudience',
      { executor: alice.did },
    ),
    refused(await chain('a proof is missing', ask(carol, [toBob, loose]), [loose]), 'UnavailableProof'),
    refused(
      await chain('another delegation under the name of the proof', ask(bob, [nameOf('proof')]), [toBob]),
      'UnavailableProof',
    ),
    refused(await chain('a proof has expired', ask(bob, [past]), [past], now + 61), 'Expired'),
    refused(await chain('a proof does not count yet', ask(bob, [future]), [future], now - 61), 'TooEarly'),
    refused(await chain('the invocation has expired', ask(alice, [], { exp: now }), [], now + 61), 'Expired'),
    refused(
      await chain('a policy of the root does not hold', ask(carol, [strict, loose]), [strict, loose]),
      'MatchError',
    ),
    refused(await chain('not of what cannot be found', ask(bob, [blind]), [blind]), 'MatchError'),
    refused(
      await chain('a promise that is open', ask(alice, [], { args: { to: { 'await/ok': nameOf('task') } } })),
      'Unresolved',
    ),
    refused(
      await chain('a proof is signed with another key', ask(bob, [nameOfBytes(wrongKey)]), [wrongKey]),
      'InvalidSignature',
    ),
    refused(
      await chain('the header names another algorithm than the key', ask(bob, [nameOfBytes(wrongAlgorithm)]), [
        wrongAlgorithm,
      ]),
      'InvalidSignature',
    ),
    refused(
      await chain('a proof is revoked by its issuer', ask(bob, [toBob]), [toBob]),
      'Revoked',
      await by(revoke(toBob, alice)),
    ),
    refused(
      await chain('the twin of a revoked proof, high s', ask(bob, [nameOfBytes(high)], onPhone), [high]),
      'Revoked',
      await by(revokeName(phone.envelope.cid, aliceP256)),
    ),
    refused(
      await chain('the twin of a revoked proof, low s', ask(bob, [phone], onPhone), [phone]),
      'Revoked',
      await by(revokeName(nameOfBytes(high), aliceP256)),
    ),
  ]
}

/** Whole chains, at a time: obeyed, or refused by name. Also revocations that are known. */
export async function invocations() {
  return { valid: await obeyed(), invalid: await disobeyed() }
}
