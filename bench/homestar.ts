// Homestar 0.3, the engine the benchmarks compare with: started on loopback only, fed over WebSocket.
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { CID, codec, decodeJson, encode, rawBlock } from '@ipvm/ipld'
import * as Digest from 'multiformats/hashes/digest'

const sha3Code = 0x16

/** A CID as DAG-JSON has it. */
export type Link = { '/': string }

/** What an argument may be: a value, a link to bytes that `put` took, or the result of another task. */
export type Argument = number | string | boolean | null | Link | { 'await/ok': Link }

/** Homestar's memo key is the CID of this; `rsc` is `ipfs://` and the CID of a component. */
export interface Instruction {
  rsc: string
  op: 'wasm/run'
  input: { func: string; args: Argument[] }
  nnc: string
}

export interface Task {
  run: Instruction
  cause: Link | null
  meta: { memory: number; time: number }
  prf: Link[]
}

export interface Workflow {
  tasks: Task[]
}

/** A receipt with the time it came in, in milliseconds since the submission. */
export interface TimedReceipt {
  ran: string
  out: [string, unknown]
  replayed: boolean
  at: number
}

export interface Homestar {
  /** Keeps bytes where the runtime fetches them, and gives their CID. */
  put(bytes: Uint8Array): string
  /**
   * Resolves with the receipts that had come when that of the last task came. Homestar says neither that a task failed
   * nor that a workflow ended, and now and then loses a notification: `signal` has to bound the wait. It rejects with the
   * signal's reason as cause and how many receipts had come.
   */
  submit(workflow: Workflow, signal: AbortSignal): Promise<TimedReceipt[]>
  /** The process, for measuring it. */
  pid: number
  stop(): Promise<void>
}

/** A task of one call; the nonce tells apart what would otherwise be answered from memory. */
export function task(component: string, func: string, args: Argument[], nonce = ''): Task {
  const run: Instruction = { rsc: `ipfs://${component}`, op: 'wasm/run', input: { func, args }, nnc: nonce }
  return { run, cause: null, meta: { memory: 4294967296, time: 100000 }, prf: [] }
}

/** The promise of what `on` gives, as an argument of a later task of the same workflow. */
export function result(on: Task): Argument {
  return { 'await/ok': { '/': cidOf(on.run) } }
}

/**
 * Starts the runtime with its database, settings and log in `directory`. Throws if the binary is not installed (run
 * `npm install` in `bench`), or is not ready within 20 seconds.
 */
export async function startHomestar(directory: string): Promise<Homestar> {
  const binary = findBinary()
  mkdirSync(directory, { recursive: true })
  const contents = new Map<string, Uint8Array>()
  const content = await serveContents(contents)
  const [rpc, web, metrics] = await freePorts()
  const settings = join(directory, 'settings.toml')
  writeFileSync(settings, settingsOf({ rpc, web, metrics, content: portOf(content) }))
  const log = openSync(join(directory, 'homestar.log'), 'a')
  // Its own HOME, so that no settings or keys of the user get in.
  const child = spawn(binary, ['start', '--db', join(directory, 'homestar.db'), '-c', settings], {
    cwd: directory,
    env: { HOME: directory, PATH: process.env.PATH ?? '' },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const stop = async () => {
    await stopChild(child)
    content.closeAllConnections()
    await new Promise(resolve => content.close(resolve))
  }
  try {
    await waitUntilReady(child, web)
  } catch (cause) {
    await stop()
    throw new Error(`homestar did not start, see ${join(directory, 'homestar.log')}`, { cause })
  }
  return {
    put: bytes => {
      const cid = rawBlock(bytes).cid.toString()
      contents.set(cid, bytes)
      return cid
    },
    submit: (workflow, signal) => submit(`ws://127.0.0.1:${web}`, workflow, signal),
    pid: child.pid ?? 0,
    stop,
  }
}

/** Runs a workflow; throws where a task failed. */
export async function runHomestar(homestar: Homestar, tasks: Task[], milliseconds = 15_000): Promise<void> {
  const receipts = await homestar.submit({ tasks }, AbortSignal.timeout(milliseconds))
  if (receipts.some(({ out: [branch] }) => branch !== 'ok')) throw new Error('a task failed on Homestar')
}

let attempts = 0

/**
 * Homestar loses a notification now and then: what waited in vain is taken again, under names of its own. Throws after
 * so many attempts in all.
 */
export async function untilNothingIsLost<T>(attemptsMax: number, attempt: (nonce: string) => Promise<T>): Promise<T> {
  for (;;) {
    attempts += 1
    try {
      return await attempt(nonceOf(attempts))
    } catch (thrown) {
      if (attempts > attemptsMax) throw thrown
      process.stderr.write(`taken again: ${thrown instanceof Error ? thrown.message : thrown}\n`)
    }
  }
}

/** A nonce as Homestar reads them: an xid, 12 bytes in base32hex. */
function nonceOf(attempt: number): string {
  return `${attempt}v`.padEnd(20, '0')
}

function findBinary(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const path = `./node_modules/homestar-${system}-${process.arch}/bin/homestar`
  const file = fileURLToPath(new URL(path, import.meta.url))
  if (!existsSync(file)) throw new Error('homestar is not installed: run `npm install` in the folder bench')
  return file
}

// Every network feature that could look beyond this machine is off or bound to loopback.
function settingsOf(ports: { rpc: number; web: number; metrics: number; content: number }): string {
  return `[node.network.libp2p]
listen_address = "/ip4/127.0.0.1/tcp/0"
[node.network.libp2p.mdns]
enable = false
[node.network.libp2p.rendezvous]
enable_client = false
[node.network.rpc]
port = ${ports.rpc}
[node.network.webserver]
port = ${ports.web}
[node.network.metrics]
port = ${ports.metrics}
[node.network.ipfs]
host = "127.0.0.1"
port = ${ports.content}
`
}

// What the runtime asks of an IPFS daemon: POST /api/v0/cat?arg=CID gives the bytes. Storing receipts is refused, which
// the runtime only logs.
async function serveContents(contents: ReadonlyMap<string, Uint8Array>): Promise<Server> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const bytes = url.pathname === '/api/v0/cat' ? contents.get(url.searchParams.get('arg') ?? '') : undefined
    request.resume()
    response.writeHead(bytes ? 200 : 404).end(bytes)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return server
}

function portOf(server: { address(): AddressInfo | string | null }): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('the server listens on no port')
  return address.port
}

// All three are held before any is let go, so that they differ.
async function freePorts(): Promise<[number, number, number]> {
  const hold = async () => {
    const server = createTcpServer()
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return server
  }
  const held = [await hold(), await hold(), await hold()] as const
  const ports = [portOf(held[0]), portOf(held[1]), portOf(held[2])] satisfies [number, number, number]
  for (const server of held) await new Promise(resolve => server.close(resolve))
  return ports
}

async function waitUntilReady(child: ChildProcess, port: number): Promise<void> {
  const until = performance.now() + 20_000
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}`)
    const ready = await fetch(`http://127.0.0.1:${port}/health`).then(
      response => response.ok,
      () => false,
    )
    if (ready) return
    if (performance.now() > until) throw new Error('it was not ready after 20 seconds')
    await sleep(50)
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGINT')
  // It drains for up to 20 seconds, for which a benchmark has no use.
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000)
  await ended
  clearTimeout(timer)
}

function submit(url: string, workflow: Workflow, signal: AbortSignal): Promise<TimedReceipt[]> {
  signal.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<TimedReceipt[]>()
  const receipts: TimedReceipt[] = []
  const socket = new WebSocket(url)
  const last = cidOf({ task: workflow.tasks.at(-1) })
  let start = performance.now()
  const abort = () => {
    reject(new Error(`${receipts.length} of ${workflow.tasks.length} receipts had come`, { cause: signal.reason }))
  }
  signal.addEventListener('abort', abort)
  socket.addEventListener('error', () => reject(new Error(`the connection to ${url} failed`)))
  socket.addEventListener('close', () => reject(new Error(`the connection ended after ${receipts.length} receipts`)))
  socket.addEventListener('open', () => {
    start = performance.now()
    const params = [{ name: `bench-${start}`, workflow }]
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscribe_run_workflow', params }))
  })
  socket.addEventListener('message', event => {
    try {
      const receipt = readReceipt(JSON.parse(String(event.data)), performance.now() - start)
      if (receipt) receipts.push(receipt)
      if (receipt?.ran === last) resolve(receipts)
    } catch (cause) {
      reject(cause)
    }
  })
  return promise.finally(() => {
    signal.removeEventListener('abort', abort)
    socket.close()
  })
}

// A notification carries DAG-JSON as an array of byte numbers; what else comes is the answer to the subscription.
function readReceipt(message: unknown, at: number): TimedReceipt | undefined {
  const error = field(message, 'error')
  if (error !== undefined) throw new Error(`homestar refused the workflow: ${JSON.stringify(error)}`)
  const bytes = field(field(message, 'params'), 'result')
  if (!Array.isArray(bytes)) return undefined
  const notification: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
  const receipt = field(notification, 'receipt')
  const [ran, out] = [field(field(receipt, 'ran'), '/'), field(receipt, 'out')]
  if (typeof ran !== 'string' || !Array.isArray(out)) throw new Error('homestar sent something else than a receipt')
  return {
    ran,
    out: [String(out[0]), out[1]],
    replayed: field(field(notification, 'metadata'), 'replayed') === true,
    at,
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

// Homestar names its own structures by CIDv1, dag-cbor and SHA3-256.
function cidOf(value: unknown): string {
  const read = decodeJson(JSON.stringify(value))
  if ('error' in read) throw new TypeError(read.error.message)
  const digest = createHash('sha3-256').update(encode(read.ok)).digest()
  return CID.createV1(codec.dagCbor, Digest.create(sha3Code, digest)).toString()
}
