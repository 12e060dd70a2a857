// iso-ucan as the other side of vectors/interop.test.ts. Plain JavaScript, so that the workspace's type check does not
// need it installed.
import { EdDSASigner } from 'iso-signatures/signers/eddsa.js'
import { verifier } from 'iso-signatures/verifiers/eddsa.js'
import { Resolver } from 'iso-signatures/verifiers/resolver.js'
import { Delegation } from 'iso-ucan/delegation'
import { Invocation } from 'iso-ucan/invocation'

const verifierResolver = new Resolver(verifier)

/** A delegation from one seed's agent to another's, and an invocation of it: both as bytes. */
export async function write({ issuer, asker, cmd, pol, args, exp }) {
  const root = await EdDSASigner.generate(issuer)
  const agent = await EdDSASigner.generate(asker)
  const fields = { sub: root.did, cmd, exp, verifierResolver }
  const delegation = await Delegation.create({ ...fields, iss: root, aud: agent.did, pol })
  const invocation = await Invocation.create({ ...fields, iss: agent, args, prf: [delegation] })
  return { delegation: delegation.bytes, invocation: invocation.bytes }
}

/** Reads an invocation with its proof, as the agent of a seed; throws where it would not obey. */
export async function read({ executor, invocation, delegation }) {
  const audience = await EdDSASigner.generate(executor)
  const proof = await Delegation.from({ bytes: delegation, verifierResolver })
  const resolveProof = async cid => {
    if (!cid.equals(proof.cid)) throw new Error(`${cid} is not at hand`)
    return proof
  }
  const { payload } = await Invocation.from({ bytes: invocation, audience, resolveProof, verifierResolver })
  return payload
}
