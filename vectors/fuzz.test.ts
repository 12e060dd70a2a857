import { decodeDelegation, decodeInvocation, openEnvelope, readContainer, verifyEnvelope } from '@ipvm/ucan'
import { expect, test } from 'vitest'
import { corpora, validCases } from './fuzz/corpus.ts'
import { fuzz } from './fuzz/loop.ts'
import { bytesOf, listOf } from './check/outcome.ts'

const { tokens } = await corpora()
const named = tokens.map((token, i) => [i, token] as const)

async function isAccepted(bytes: Uint8Array): Promise<boolean> {
  const delegation = decodeDelegation(bytes)
  const read = 'ok' in delegation ? delegation : decodeInvocation(bytes)
  return 'ok' in read && 'ok' in (await verifyEnvelope(read.ok.envelope))
}

test.each(named)('no byte of token %i can be changed', async (_i, token) => {
  expect(await isAccepted(token)).toBe(true)
  for (let at = 0; at < token.length; at++) {
    const changed = Uint8Array.from(token)
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
    if (await isAccepted(changed)) throw new Error(`accepted with byte ${at} changed`)
  }
})

test.each(validCases('container.json').map(case_ => [case_.name, case_] as const))(
  'whatever byte of the container "%s" is changed, no other token comes out and counts',
  async (_name, { container, tokens: list }) => {
    const whole = bytesOf(container)
    const known = listOf(list).map(token => Buffer.from(token).toString('hex'))
    for (let at = 0; at < whole.length; at++) {
      const changed = Uint8Array.from(whole)
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8))
      const read = await readContainer(changed)
      const strange =
        'ok' in read ? read.ok.tokens.filter(token => !known.includes(Buffer.from(token).toString('hex'))) : []
      for (const token of strange) expect(await isAccepted(token), `byte ${at}`).toBe(false)
    }
  },
)

test('a token cut off anywhere is refused', () => {
  for (const token of tokens.slice(0, 3)) {
    for (let length = 0; length < token.length; length++) {
      expect(openEnvelope(token.subarray(0, length))).toHaveProperty('error')
    }
  }
})

test('a slice of the long run: no decoder throws, hangs, or takes what was changed', async () => {
  const until = Date.now() + 4000
  expect(await fuzz(1, ({ inputs }) => inputs < 20_000 && Date.now() < until)).not.toHaveProperty('problem')
})
