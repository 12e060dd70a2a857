import { readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificate, httpServer } from '@ipvm/testing/outside'
import { afterAll, expect, test } from 'vitest'

const root = import.meta.dirname
const text = readFileSync(join(root, 'docs/outside.md'), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'ipvm-outside-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const blocks = (kind: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`json ${kind}\\n(.*?)^\`\`\``, 'gms'))].map(([, block = '']) => block)

function ipvm(...words: string[]): Promise<string> {
  const env = { ...process.env, IPVM_HOME: join(folder, 'home'), NO_COLOR: '1' }
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [join(root, 'packages/cli/bin/ipvm.js'), ...words], { env }, (error, stdout, stderr) => {
      if (error) reject(new Error(stdout + stderr))
      else resolve(stdout)
    })
  })
}

test('the configs of the page are read, and its workflow does what the page says', async () => {
  const orders: string[] = []
  const shop = await httpServer(async (request, response) => {
    const body = (await request.toArray()).join('')
    if (request.method === 'GET') response.end('{"item":"tea","price":2.5}')
    else if (orders.push(`${request.headers['idempotency-key']} ${body}`) === 1) request.socket.destroy()
    else response.writeHead(201).end()
  })
  const here = (page: string) => page.replaceAll('https://api.example.com/', shop.url)
  const [effects = '', egress = ''] = blocks('config')
  const config = join(folder, 'home', 'config.json')
  await ipvm('init')
  writeFileSync(join(folder, 'home', 'our-ca.pem'), makeCertificate({ hosts: ['ours'], isAuthority: true }).cert)
  const whole = { ...JSON.parse(here(effects)), ...JSON.parse(egress.replace('127.0.0.1:8080', shop.place)) }
  writeFileSync(config, JSON.stringify(whole))
  const file = join(folder, 'order.json')
  writeFileSync(file, here(blocks('workflow')[0] ?? ''))
  expect(await ipvm('run', file)).toMatch(/^order: .*"status":201/m)
  // The first one was cut off, and the server honours the key.
  expect(orders).toHaveLength(2)
  expect(orders[0]).toMatch(/^[\da-f]{64} \{"item":"tea","price":2.5\}$/)
  expect(orders[1]).toBe(orders[0])
  await shop.close()
})
