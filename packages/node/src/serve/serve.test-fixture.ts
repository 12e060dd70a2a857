import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ok, type Result } from '@ipvm/ipld'
import type { App, NodeReads } from '@ipvm/network/http/server'
import { bob } from '@ipvm/testing'
import { homeOf, makeHome } from '../home.ts'
import { IpvmNode } from '../node.ts'
import { Front, serve, type ServeOptions } from './serve.ts'

/** The value of a result that has to be good. */
export function good<T>(result: Result<T>): T {
  if ('error' in result) throw new Error(`${result.error.name}: ${result.error.message}`)
  return result.ok
}

/** Whether certificates can be made here. */
export const hasOpenssl = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

/** Makes a certificate of this machine's own and its key, at these files. */
export function makeCertificate(
  files: { readonly cert: string; readonly key: string },
  name = 'localhost',
  days = 2,
): void {
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', String(days)]
  const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  execFileSync('openssl', ['req', ...kind, ...names, '-keyout', files.key, '-out', files.cert], { stdio: 'ignore' })
}

/** What stands for the network's app: it answers when it is told to. */
export class Slow {
  readonly #answers: (() => void)[] = []
  asked = 0
  seen: string[] = []

  readonly app: App = async (request, env) => {
    this.asked += 1
    const { pathname } = new URL(request.url)
    if (env) this.seen.push(this.front.addressOf(env))
    if (pathname === '/large') return new Response(new Uint8Array(8 * 1024 * 1024))
    if (pathname === '/slow') await new Promise<void>(resolve => this.#answers.push(resolve))
    return new Response(`answer of ${pathname}`)
  }

  front = new Front()

  answer(): void {
    for (const answer of this.#answers.splice(0)) answer()
  }
}

const reads: NodeReads = {
  did: bob.did,
  authorise: async (_, bearer) =>
    bearer?.invocation.iss === bob.did
      ? ok({ did: bob.did })
      : { error: { name: 'Refused', status: 401, message: 'show a proof' } },
}

/** Bob's node, with something slow behind it. */
export async function served(options: Partial<ServeOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'ipvm-serve-'))
  const home = homeOf(folder)
  good(await makeHome(home))
  const node = new IpvmNode(home, bob, { workers: 1 })
  const slow = new Slow()
  slow.front = new Front(options.trustProxy)
  slow.front.open(slow.app, reads)
  const serving = good(await serve(node, { host: '127.0.0.1', port: 0, front: slow.front, ...options }))
  const port = Number(new URL(serving.url).port)
  const close = async () => {
    await serving.close()
    await node.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { node, slow, serving, port, url: serving.url, close }
}

/** Writes to a port, and gives all that comes until the other side closes. */
export function talk(
  port: number,
  ...texts: readonly string[]
): { readonly socket: Socket; readonly all: Promise<string> } {
  const socket = createConnection(port, '127.0.0.1', () => {
    for (const text of texts) socket.write(text)
  })
  const all = new Promise<string>(resolve => {
    let got = ''
    socket.on('data', data => {
      got += data
    })
    socket.on('error', () => {}).on('close', () => resolve(got))
  })
  return { socket, all }
}

/** Looks until it is so. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 5))
}
