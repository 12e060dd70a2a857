import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { homeOf, homeSeal, Secrets } from '../index.ts'

const folder = mkdtempSync(join(tmpdir(), 'ipvm-secrets-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a secret that is being set is under its own name alone, or not there, and is its owner’s', async () => {
  const home = homeOf(folder)
  const secrets = new Secrets(home, homeSeal(home))
  let isOver = false
  const seen = new Set<string>()
  const set = (async () => {
    for (let i = 0; i < 20; i++) expect(await secrets.set('mail', `hunter${i}`)).toEqual({ ok: {} })
  })().finally(() => {
    isOver = true
  })
  while (!isOver) for (const name of await secrets.list()) seen.add(name)
  await set
  expect([...seen]).toEqual(['mail'])
  expect(await secrets.get('mail')).toEqual({ ok: 'hunter19' })
  expect(readdirSync(home.secrets)).toEqual(['mail.sealed'])
  expect(statSync(home.secrets).mode & 0o777).toBe(0o700)
  for (const path of [home.sealKey, join(home.secrets, 'mail.sealed')]) expect(statSync(path).mode & 0o777).toBe(0o600)
})
