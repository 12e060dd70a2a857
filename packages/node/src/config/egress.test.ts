import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readConfig } from './config.ts'

const folder = mkdtempSync(join(tmpdir(), 'ipvm-config-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const path = join(folder, 'config.json')

function read(egress: unknown) {
  writeFileSync(path, JSON.stringify({ egress }))
  return readConfig({ config: path })
}

test('private places, name servers and authorities are opened one by one', async () => {
  writeFileSync(join(folder, 'ca.pem'), '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n')
  const config = await read({
    private: ['127.0.0.1:8080', '[fd00::]/8:443'],
    dns: ['9.9.9.9', '127.0.0.1:5353', '[::1]:53'],
    authorities: ['ca.pem'],
  })
  expect(config).toMatchObject({
    ok: {
      egress: {
        private: [{ port: 8080 }, { port: 443 }],
        dns: ['9.9.9.9', '127.0.0.1:5353', '[::1]:53'],
        authorities: [expect.stringContaining('MA==')],
      },
    },
  })
  expect(await read(undefined)).toMatchObject({ ok: { egress: { private: [], dns: [], authorities: [] } } })
})

test.each<[unknown, RegExp]>([
  [{ private: ['localhost:80'] }, /egress\.private\.0: .*127\.0\.0\.1:8080/],
  [{ private: ['127.0.0.1:8080', '10.0.0.0/99:1'] }, /egress\.private\.1/],
  [{ dns: ['dns.example'] }, /egress\.dns\.0: .*name server/],
  [{ dns: ['127.0.0.1:'] }, /egress\.dns\.0/],
  [{ authorities: ['nowhere.pem'] }, /egress\.authorities\.0: .*nowhere\.pem/],
  [{ authorities: ['config.json'] }, /egress\.authorities\.0: .*no certificate/],
  [{ public: [] }, /egress\.public/],
])('%j is refused, with its place', async (egress, message) => {
  expect(await read(egress)).toMatchObject({
    error: { name: 'InvalidConfig', message: expect.stringMatching(message) },
  })
})
