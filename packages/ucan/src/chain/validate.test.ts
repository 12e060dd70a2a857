import { nameOf, type CID, type Value } from '@ipvm/ipld'
import { alice, aliceP256, bob, bobSecp256k1, carol } from '@ipvm/testing'
import { ed25519Signer, type Signer } from '@ipvm/varsig'
import { expect, test } from 'vitest'
import {
  awaitValue,
  decodeDelegation,
  decodeInvocation,
  delegate,
  invoke,
  limits,
  proofsOf,
  ReplayMemory,
  revoke,
  RevocationSet,
  validate,
  wouldAllow,
  type Delegation,
  type DelegationFields,
  type InvocationFields,
  type ValidationContext,
} from '../index.ts'

const now = 1_767_225_600
const nonce = new Uint8Array(12).fill(9)
const dan = ed25519Signer(new Uint8Array(32).fill(4))

type Given = Partial<DelegationFields> & Pick<DelegationFields, 'aud'>

/** Bob has a printer; whatever a story leaves open is about printing. */
function give(from: Signer, fields: Given): Promise<Delegation> {
  return delegate({ sub: bob.did, cmd: '/print', nonce, exp: now + 3600, ...fields }, from)
}

async function ask(by: Signer, proofs: readonly Delegation[], fields: Partial<InvocationFields> = {}) {
  const prf = proofs.map(({ envelope }) => envelope.cid)
  const invocation = await invoke(
    { sub: bob.did, cmd: '/print/page', args: { copies: 1 }, prf, nonce, exp: now + 60, ...fields },
    by,
  )
  const resolveProof = proofsOf(proofs.map(({ envelope }) => envelope.bytes))
  return (context: Partial<ValidationContext> = {}) =>
    validate(invocation, { now, executor: bob.did, resolveProof, ...context })
}

function refused(name: string, more: object = {}) {
  return { error: { name, ...more } }
}

test('Bob may print on his own printer', async () => {
  const asked = await ask(bob, [])
  expect(await asked()).toHaveProperty('ok')
  expect(await (await ask(carol, []))()).toMatchObject(refused('InvalidClaim', { field: 'prf' }))
})

test('Alice prints with what Bob gave her, and Carol with what Alice passed on', async () => {
  const toAlice = await give(bob, { aud: alice.did })
  const toCarol = await give(alice, { aud: carol.did, cmd: '/print/page' })
  expect(await (await ask(alice, [toAlice]))()).toMatchObject({ ok: { proofs: [{ iss: bob.did }] } })
  expect(await (await ask(carol, [toAlice, toCarol]))()).toHaveProperty('ok')
  expect(await (await ask(carol, [toAlice]))()).toMatchObject(refused('InvalidAudience', { field: 'iss' }))
  expect(await (await ask(carol, [toCarol]))()).toMatchObject(refused('InvalidAudience', { proof: 0, field: 'iss' }))
  expect(await (await ask(carol, [toCarol, toAlice]))()).toMatchObject(refused('InvalidAudience', { proof: 0 }))
  expect(await (await ask(alice, [toAlice, toCarol]))()).toMatchObject(refused('InvalidAudience'))
})

test('a command covers whole segments only, and gets narrower from link to link', async () => {
  const wide = await give(bob, { aud: alice.did, cmd: '/print' })
  expect(await (await ask(alice, [wide], { cmd: '/printer' }))()).toMatchObject(
    refused('InvalidClaim', { proof: 0, field: 'cmd' }),
  )
  const narrow = await give(bob, { aud: alice.did, cmd: '/print/page' })
  const widened = await give(alice, { aud: carol.did, cmd: '/print' })
  expect(await (await ask(carol, [narrow, widened]))()).toMatchObject(refused('InvalidClaim', { proof: 1 }))
  const everything = await give(bob, { aud: alice.did, cmd: '/' })
  expect(await (await ask(alice, [everything], { cmd: '/scan' }))()).toHaveProperty('ok')
})

test('a powerline passes on whatever its issuer holds, but cannot begin a chain', async () => {
  const toAlice = await give(bob, { aud: alice.did })
  const powerline = await give(alice, { aud: carol.did, sub: null, cmd: '/' })
  const toDan = await give(carol, { aud: dan.did })
  // A powerline of `/` is wider than what Alice holds, and Bob's printer is asked for no more than that.
  const fitting = await give(alice, { aud: carol.did, sub: null })
  expect(await (await ask(dan, [toAlice, fitting, toDan]))()).toHaveProperty('ok')
  expect(await (await ask(dan, [toAlice, powerline, toDan]))()).toMatchObject(refused('InvalidClaim', { proof: 1 }))
  const root = await give(bob, { aud: alice.did, sub: null })
  expect(await (await ask(alice, [root]))()).toMatchObject(refused('InvalidClaim', { proof: 0, field: 'sub' }))
})

test('a proof about another subject is none, wherever it stands', async () => {
  const toAlice = await give(bob, { aud: alice.did })
  const other = await give(alice, { aud: carol.did, sub: alice.did })
  expect(await (await ask(carol, [toAlice, other]))()).toMatchObject(refused('InvalidSubject', { proof: 1 }))
  expect(await (await ask(alice, [toAlice], { sub: carol.did, aud: bob.did }))()).toMatchObject(
    refused('InvalidSubject'),
  )
})

test('every time bound counts, at one instant, with a minute of leeway', async () => {
  const proof = await give(bob, { aud: alice.did, nbf: now, exp: now + 600 })
  const asked = await ask(alice, [proof], { exp: now + 600 })
  expect(await asked({ now: now - 60 })).toHaveProperty('ok')
  expect(await asked({ now: now - 61 })).toMatchObject(refused('TooEarly', { proof: 0, field: 'nbf' }))
  expect(await asked({ now: now + 660 })).toHaveProperty('ok')
  expect(await asked({ now: now + 661 })).toMatchObject(refused('Expired'))
  expect(await asked({ now: now + 1, leeway: 0 })).toHaveProperty('ok')
  expect(await asked({ now: now - 1, leeway: 0 })).toMatchObject(refused('TooEarly'))
  const forGood = await ask(alice, [proof], { exp: null })
  expect(await forGood({ now: now + 600, leeway: 0 })).toHaveProperty('ok')
  expect(await forGood({ now: now + 601, leeway: 0 })).toMatchObject(refused('Expired', { proof: 0 }))
  await expect(asked({ now: Number.NaN })).rejects.toThrow(RangeError)
})

test('the executor does what is meant for it: the audience, or the subject where there is none', async () => {
  expect(await (await ask(bob, [], { aud: carol.did }))()).toMatchObject(refused('InvalidAudience', { field: 'aud' }))
  expect(await (await ask(bob, [], { aud: carol.did }))({ executor: carol.did })).toHaveProperty('ok')
  expect(await (await ask(bob, []))({ executor: carol.did })).toMatchObject(
    refused('InvalidAudience', { field: 'sub' }),
  )
})

test('a refusal explains itself', async () => {
  const toAlice = await give(bob, { aud: alice.did, pol: [['<=', '.copies', 10]] })
  const toCarol = await give(alice, {
    aud: carol.did,
    pol: [
      ['any', '.pages', ['>', '.', 0]],
      ['<', '.copies', 3],
    ],
  })
  const asked = await ask(carol, [toAlice, toCarol], { args: { copies: 5, pages: [1] } })
  const answer = await asked()
  expect(answer).toMatchObject(
    refused('MatchError', { proof: 1, path: 'pol[1]', statement: '["<",".copies",3]', selector: '.copies', value: 5 }),
  )
  expect('error' in answer && answer.error.trace.join('\n')).toMatchInlineSnapshot(`
    "did:key:z6MkvRXN…rHPrf2 asks /print/page of did:key:z6Mko9hT…qVBiyH
    · proof 0: did:key:z6Mko9hT…qVBiyH → did:key:z6Mkon3N…FbLfLX: /print about did:key:z6Mko9hT…qVBiyH, until 2026-01-01T01:00Z, if ["<=",".copies",10]
    ✗ proof 1: did:key:z6Mkon3N…FbLfLX → did:key:z6MkvRXN…rHPrf2: /print about did:key:z6Mko9hT…qVBiyH, until 2026-01-01T01:00Z, if ["any",".pages",[">",".",0]] and ["<",".copies",3]
      demanded: ["<",".copies",3]
      found at .copies: 5
    MatchError: proof 1 pol[1] ["<",".copies",3] does not hold"
  `)
})

test('no message holds the value of an argument', async () => {
  const proof = await give(bob, { aud: alice.did, pol: [['==', '.password', 'a']] })
  const answer = await (await ask(alice, [proof], { args: { password: 'hunter2' } }))()
  expect('error' in answer && answer.error.message).not.toContain('hunter2')
  expect('error' in answer && answer.error.value).toBe('hunter2')
})

test('a promise that is open is told of only when all else is in order', async () => {
  const proof = await give(bob, {
    aud: alice.did,
    pol: [
      ['<', '.copies', 3],
      ['==', '.color', false],
    ],
  })
  const copies = awaitValue({ branch: 'ok', target: nameOf('count') })
  const good = await ask(alice, [proof], { args: { copies, color: false } })
  expect(await good()).toMatchObject(refused('Unresolved'))
  expect(await good({ resolvedArgs: { copies: 2, color: false } })).toHaveProperty('ok')
  expect(await good({ resolvedArgs: { copies: 3, color: false } })).toMatchObject(refused('MatchError', { value: 3 }))
  const bad = await ask(alice, [proof], { args: { copies, color: true } })
  expect(await bad()).toMatchObject(refused('MatchError', { selector: '.color' }))
  expect(await (await ask(bob, [], { args: { copies } }))()).toMatchObject(refused('Unresolved'))
})

test('a proof that is missing, is another, or is none', async () => {
  const proof = await give(bob, { aud: alice.did })
  const other = await give(bob, { aud: alice.did, cmd: '/' })
  const asked = await ask(alice, [proof])
  expect(await asked({ resolveProof: () => undefined })).toMatchObject(refused('UnavailableProof', { proof: 0 }))
  expect(await asked({ resolveProof: async () => other })).toMatchObject(refused('UnavailableProof'))
  expect(await asked({ resolveProof: () => other.envelope.bytes })).toMatchObject(refused('UnavailableProof'))
  expect(await asked({ resolveProof: () => Uint8Array.of(1) })).toMatchObject(refused('InvalidClaim', { proof: 0 }))
  const { envelope } = await invoke({ sub: bob.did, cmd: '/print', args: {}, nonce, exp: null }, bob)
  const named = await ask(alice, [], { prf: [envelope.cid] })
  expect(await named({ resolveProof: () => envelope.bytes })).toMatchObject(refused('InvalidClaim', { proof: 0 }))
})

test('every signature counts', async () => {
  const proof = await give(bob, { aud: alice.did })
  const forged = proof.envelope.bytes.slice()
  forged[20] = (forged[20] ?? 0) ^ 1
  const token = decodeDelegation(forged)
  if ('error' in token) throw new Error(token.error.message)
  expect(await (await ask(alice, [token.ok]))()).toMatchObject(refused('InvalidSignature', { proof: 0 }))
  const invocation = await invoke({ sub: bob.did, cmd: '/print', args: {}, nonce, exp: null }, bob)
  const bytes = invocation.envelope.bytes.slice()
  bytes[20] = (bytes[20] ?? 0) ^ 1
  const read = decodeInvocation(bytes)
  let asked = 0
  const resolveProof = () => {
    asked += 1
    return undefined
  }
  expect('ok' in read && (await validate(read.ok, { now, executor: bob.did, resolveProof }))).toMatchObject(
    refused('InvalidSignature'),
  )
  expect(asked).toBe(0)
})

test('keys of all kinds stand in one chain', async () => {
  const toPhone = await give(bob, { aud: aliceP256.did })
  const toWallet = await give(aliceP256, { aud: bobSecp256k1.did })
  const toCarol = await give(bobSecp256k1, { aud: carol.did })
  expect(await (await ask(carol, [toPhone, toWallet, toCarol]))()).toHaveProperty('ok')
})

test('a fragment of a DID names a key, not another agent', async () => {
  const proof = await give(bob, { aud: `${alice.did}#phone` as Signer['did'] })
  const asked = await ask(alice, [proof], { sub: `${bob.did}#printer` as Signer['did'] })
  expect(await asked()).toHaveProperty('ok')
})

test('whoever issued a link of the chain can end it; nobody else can', async () => {
  const toAlice = await give(bob, { aud: alice.did })
  const toCarol = await give(alice, { aud: carol.did })
  const asked = await ask(carol, [toAlice, toCarol])
  const withRevocations = async (...by: (readonly [Delegation, Signer])[]) => {
    const revocations = new RevocationSet()
    for (const [delegation, signer] of by) revocations.add(await revoke(delegation, signer))
    return asked({ revocations })
  }
  expect(await withRevocations()).toHaveProperty('ok')
  expect(await withRevocations([toCarol, carol], [toAlice, dan])).toHaveProperty('ok')
  expect(await withRevocations([toAlice, bob])).toMatchObject(refused('Revoked', { proof: 0 }))
  expect(await withRevocations([toCarol, alice])).toMatchObject(refused('Revoked', { proof: 1 }))
  expect(await withRevocations([toCarol, bob])).toMatchObject(refused('Revoked', { proof: 1 }))
})

test('an invocation is used once; asking whether it would be is free', async () => {
  const replay = new ReplayMemory()
  const asked = await ask(bob, [])
  expect(await asked()).toHaveProperty('ok')
  expect(await asked({ replay })).toHaveProperty('ok')
  expect(await asked({ replay })).toMatchObject(refused('Replayed'))
  expect(await asked()).toHaveProperty('ok')
  const wrong = await ask(carol, [])
  expect(await wrong({ replay })).toMatchObject(refused('InvalidClaim'))
  expect(replay.size).toBe(1)
})

test('more proofs than the limit are refused when the invocation is read', async () => {
  const prf = new Array<CID>(limits.proofsMax + 1).fill(nameOf('proof'))
  const { envelope } = await invoke({ sub: bob.did, cmd: '/print', args: {}, prf, nonce, exp: null }, alice)
  expect(decodeInvocation(envelope.bytes)).toMatchObject(refused('InvalidClaim', { field: 'prf' }))
})

test('a chain can be judged without an invocation', async () => {
  const proof = await give(bob, { aud: alice.did, pol: [['<', '.copies', 3]] })
  const request = { iss: alice.did, sub: bob.did, cmd: '/print' } as const
  const judged = (args?: Record<string, Value>) => wouldAllow(args ? { ...request, args } : request, [proof], { now })
  expect(await judged()).toHaveProperty('ok')
  expect(await judged({ copies: 2 })).toHaveProperty('ok')
  expect(await judged({ copies: 3 })).toMatchObject(refused('MatchError', { proof: 0 }))
  expect(await wouldAllow({ ...request, iss: carol.did }, [proof], { now })).toMatchObject(refused('InvalidAudience'))
})
