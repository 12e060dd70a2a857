import { readFileSync } from 'node:fs'
import { encode } from '@ipvm/ipld'
import { issueReceipt, revokeName } from '@ipvm/ucan'
import { bytesOf, listOf, type Case } from '../check/outcome.ts'
import { nameOfBytes, people } from '../make/people.ts'
import type { Corpus } from './targets.ts'

/** The valid cases of one of our vector files. */
export function validCases(file: string): readonly Case[] {
  const { valid } = JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')) as { valid: Case[] }
  return valid
}

/** What is mutated: everything that is valid in the vectors, and a receipt and a revocation. */
export async function corpora(): Promise<Readonly<Record<Corpus, readonly Uint8Array[]>>> {
  const name = nameOfBytes(Uint8Array.of(1))
  const receipt = await issueReceipt(
    { ran: name, as: name, out: { ok: [1, 'x'] }, gas: 7, profile: 'p', exp: null },
    people.bob,
  )
  const revocation = await revokeName(name, people.alice, [name])
  const chains = validCases('invocation.json').flatMap(case_ => [bytesOf(case_.invocation), ...listOf(case_.proofs)])
  const delegations = validCases('delegation.json').map(({ token }) => bytesOf(token))
  const tokens = [...delegations, ...chains, receipt.bytes, revocation.bytes]
  const policies = validCases('policy.json').map(({ policy }) => bytesOf(policy))
  return {
    tokens,
    policies,
    containers: validCases('container.json').map(({ container }) => bytesOf(container)),
    selectors: validCases('selector.json').map(({ selector }) => new TextEncoder().encode(String(selector))),
    values: [...validCases('cbor.json').map(({ bytes }) => bytesOf(bytes)), ...policies, ...tokens, encode([])],
  }
}
