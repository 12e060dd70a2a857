import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJson, type Result, type Value } from '@ipvm/ipld'
import { homeOf, IpvmNode, makeHome, type EventNews } from '@ipvm/node'
import { serve } from '@ipvm/node/serve'
import { defineEffect, type Effect } from '@ipvm/runtime'
import { bob } from '@ipvm/testing'
import * as v from 'valibot'
import { checkTrigger, type Trigger } from './index.ts'

/** The value of a result that has to be good. */
export function good<T>(result: Result<T>): T {
  if ('error' in result) throw new Error(`${result.error.name}: ${result.error.message}`)
  return result.ok
}

/** A workflow of tasks by their labels, compiled and stored. */
export async function storedWorkflow(node: IpvmNode, tasks: { [label: string]: Value }, meta: object = {}) {
  const draft = { 'ipvm/workflow@1': { name: 'story', tasks, ...meta } }
  const { document, blocks, aliases } = good(await node.compile(draft))
  await node.store.commit({ blocks: [document, ...blocks], aliases })
  return document.cid
}

/** The source of a function URL. */
export const http = {
  kind: 'http',
  methods: ['GET', 'POST'],
  headers: ['x-color'],
  output: 'response',
  wait: 10_000,
}

/** A trigger as one makes it. */
export function triggerOf(fields: Pick<Trigger, 'name' | 'workflow'> & { [key: string]: unknown }): Trigger {
  return good(checkTrigger({ nonce: new Uint8Array([1]), ...fields }))
}

/** Posts what happened to the world outside. */
export const tell = { cmd: '/test/post', args: { value: { 'await/ok': 'event' } } }
export const event = (select = '.data') => ({ cmd: '/event/get', args: { select } })

/** Bob's node on a real store, with a server and an effect; `seen` lists what came to the world outside. */
export async function bobsNode(
  folder?: string,
  options: { readonly secrets?: { [name: string]: string }; readonly effects?: readonly Effect[] } = {},
) {
  const home = homeOf(folder ?? (await mkdtemp(join(tmpdir(), 'ipvm-events-'))))
  good(await makeHome(home))
  const seen: Value[] = []
  const news: EventNews[] = []
  const post = defineEffect<{ value: Value }>({
    cmd: '/test/post',
    class: 'mutation',
    idempotent: true,
    args: v.strictObject({ value: v.custom<Value>(value => value !== undefined) }),
    run: async ({ value }) => {
      if (value === 'refuse') return { error: { name: 'Refused', message: 'not that' }, verdict: 'final' }
      seen.push(value)
      return { ok: seen.length }
    },
  })
  const node = new IpvmNode(home, bob, {
    workers: 1,
    effects: [post, ...(options.effects ?? [])],
    onEvent: one => news.push(one),
  })
  for (const [name, value] of Object.entries(options.secrets ?? {})) good(await node.secrets.set(name, value))
  good(await node.runtime.open())
  await node.events.open()
  const server = good(await serve(node, { host: '127.0.0.1', port: 0 }))
  const close = async () => {
    await server.close()
    await node.close()
  }
  const end = async () => {
    await close()
    await rm(home.folder, { recursive: true, force: true })
  }
  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(server.url + path, init)
    const text = await response.text()
    const json = decodeJson(text)
    return { status: response.status, headers: response.headers, text, value: 'ok' in json ? json.ok : undefined }
  }
  return { node, home, seen, news, server, ask, close, end }
}

/** Looks until it is so. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(resolve => setTimeout(resolve, 10))
}

/** A body of JSON. */
export function json(value: unknown, headers: { [name: string]: string } = {}): RequestInit {
  const type = { 'content-type': 'application/json' }
  return { method: 'POST', body: JSON.stringify(value), headers: { ...type, ...headers } }
}
