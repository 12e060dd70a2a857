import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openEnvelope, verifyEnvelope } from '../index.ts'

// The official fixture lies beside the checkout, where it is at all.
const fixture = new URL('../../../../../shared/vectors/ucan/delegation.json', import.meta.url)

test.skipIf(!existsSync(fixture))(
  'the official delegation opens, has its name, and verifies (skipped without it)',
  async () => {
    const { valid } = JSON.parse(readFileSync(fixture, 'utf8')) as { valid: { token: string; cid: string }[] }
    expect(valid.length).toBeGreaterThan(0)
    for (const { token, cid } of valid) {
      const envelope = openEnvelope(Uint8Array.from(Buffer.from(token, 'base64')))
      if ('error' in envelope) throw new Error(envelope.error.message)
      expect(envelope.ok.type).toBe('dlg')
      expect(envelope.ok.cid.toString()).toBe(cid)
      expect(await verifyEnvelope(envelope.ok)).toHaveProperty('ok')
    }
  },
)
