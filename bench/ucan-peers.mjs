// The peers of bench/ucan.ts, each as it would be used: a function that takes a chain from its bytes to a decision and
// throws where the decision is no. Plain JavaScript, so that the workspace's type check does not need them installed.
import { extract, delegate as ucantoDelegate } from '@ucanto/core/delegation'
import { invoke as ucantoInvoke } from '@ucanto/core'
import { ed25519, Verifier } from '@ucanto/principal'
import { access, capability, ok, URI } from '@ucanto/validator'
import { EdDSASigner } from 'iso-signatures/signers/eddsa.js'
import { verifier } from 'iso-signatures/verifiers/eddsa.js'
import { Resolver } from 'iso-signatures/verifiers/resolver.js'
import { Delegation } from 'iso-ucan/delegation'
import { Invocation } from 'iso-ucan/invocation'

const seed = number => new Uint8Array(32).fill(number + 1)

/** iso-ucan: a chain of `depth` delegations and an invocation. No cache of verified signatures. */
export async function isoUcan(depth) {
  const people = []
  for (let i = 0; i <= depth; i++) people.push(await EdDSASigner.generate(seed(i)))
  const verifierResolver = new Resolver(verifier)
  const [root] = people
  const proofs = []
  const exp = Math.floor(Date.now() / 1000) + 3600
  const pol = [
    ['==', '.to', 'alice@example.com'],
    ['<', '.size', 1000],
  ]
  for (let i = 0; i < depth; i++) {
    proofs.push(
      await Delegation.create({
        iss: people[i],
        aud: people[i + 1].did,
        sub: root.did,
        cmd: '/msg',
        pol,
        exp,
        verifierResolver,
      }),
    )
  }
  const { cid: _, ...options } = {
    iss: people[depth],
    sub: root.did,
    cmd: '/msg/send',
    exp,
    prf: proofs,
    verifierResolver,
  }
  const invocation = await Invocation.create({ ...options, args: { to: 'alice@example.com', size: 10 } })
  const tokens = new Map(proofs.map(proof => [proof.cid.toString(), proof.toString()]))
  const resolveProof = cid => Delegation.fromString(tokens.get(cid.toString()))
  return async () => {
    await Invocation.from({ bytes: invocation.bytes, audience: root, resolveProof, verifierResolver })
  }
}

/** @ucanto: the same chain in UCAN 0.9, as one CAR. */
export async function ucanto(depth) {
  const people = await Promise.all(Array.from({ length: depth + 1 }, (_, i) => ed25519.derive(seed(i))))
  const [root] = people
  const send = capability({ can: 'msg/send', with: URI.match({ protocol: 'did:' }), derives: () => ok({}) })
  const expiration = Math.floor(Date.now() / 1000) + 3600
  let proofs = []
  for (let i = 0; i < depth; i++) {
    const capabilities = [{ can: 'msg/send', with: root.did() }]
    proofs = [await ucantoDelegate({ issuer: people[i], audience: people[i + 1], capabilities, expiration, proofs })]
  }
  const invocation = await ucantoInvoke({
    issuer: people[depth],
    audience: root,
    capability: { can: 'msg/send', with: root.did() },
    expiration,
    proofs,
  }).delegate()
  const archive = await invocation.archive()
  if (archive.error) throw archive.error
  const config = {
    capability: send,
    principal: Verifier,
    authority: root.verifier,
    validateAuthorization: () => ({ ok: {} }),
  }
  return async () => {
    const read = await extract(archive.ok)
    if (read.error) throw read.error
    const allowed = await access(read.ok, config)
    if (allowed.error) throw allowed.error
  }
}
