import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { cidOf, codec, error, ok, type Value } from '@ipvm/ipld'
import { afterAll, describe, expect, it } from 'vitest'
import { bytesOf, failureOf, memory, noFiles, quotas, seed, sourceOf } from '../guests.test-fixture.ts'
import type { RunOutcome, RunRequest } from '../sandbox/run.ts'
import { profile } from '../profile.ts'
import type { WorkerRequest } from './message.ts'
import { createPool, type ProgramCache } from './pool.ts'

const echo = sourceOf('echo')
const pool = createPool({ workers: 2 })

afterAll(() => pool.close())

function request(fun: string, params: readonly Value[], more: Partial<RunRequest> = {}): RunRequest {
  return { module: echo, fun, params, seed, limits: { ...quotas, time: 10_000 }, loadFile: noFiles, ...more }
}

/** The functions that a thread is given to run. */
function runs(requests: readonly WorkerRequest[]) {
  return requests.filter(({ kind }) => kind === 'run')
}

/** Breaks the threads of pools, each as it is given a function to run, until it has broken so many. */
function breakThreads(count: number, how = new Error('broken')) {
  const { postMessage } = Worker.prototype
  const broken: Promise<unknown>[] = []
  Worker.prototype.postMessage = function (requests, transfer) {
    postMessage.call(this, requests, transfer)
    if (!runs(requests).length || broken.length >= count) return
    broken.push(new Promise(resolve => this.once('exit', resolve)))
    this.emit('error', how)
  }
  const end = (): void => {
    Worker.prototype.postMessage = postMessage
  }
  return { broken, end }
}

/** Resolves when threads of pools were given so many functions to run, from now on. */
function whenRunning(count: number): Promise<void> {
  const { postMessage } = Worker.prototype
  return new Promise(resolve => {
    let left = count
    Worker.prototype.postMessage = function (requests, transfer) {
      postMessage.call(this, requests, transfer)
      left -= runs(requests).length
      if (left > 0) return
      Worker.prototype.postMessage = postMessage
      resolve()
    }
  })
}

async function run(asked: RunRequest, of = pool): Promise<RunOutcome> {
  return (await of.run(asked)).outcome
}

describe('a pool runs functions of components in its threads', () => {
  it('gives the result of the function, by any spelling of its name', async () => {
    expect(await run(request('echo-u8', [7]))).toEqual({ ok: 7 })
    expect(await run(request('ipvm:echo/types@0.1.0#echo-u8', [7]))).toEqual({ ok: 7 })
    expect(await run(request('echoString', ['hé']))).toEqual({ ok: 'hé' })
  })

  it('gives every run a fresh instance', async () => {
    const grown = await Promise.all([1, 2, 3, 4].map(() => run(request('grow', [1]))))
    expect(grown).toEqual([{ ok: 2 }, { ok: 2 }, { ok: 2 }, { ok: 2 }])
  })

  it('says what functions there are, with their types', async () => {
    const functions = await pool.functions(echo)
    expect('ok' in functions && functions.ok.functions.find(({ name }) => name === 'grow')).toEqual({
      name: 'grow',
      type: { params: [{ name: 'pages', type: { kind: 'u32' } }], result: { kind: 's32' } },
    })
  })

  it('serves what guests import, and hands back what they wrote', async () => {
    const module = sourceOf('core/host')
    const { outcome, report } = await pool.run(request('say', ['hello'], { module }))
    expect(outcome).toEqual({ ok: null })
    expect(report?.log).toBe('hello')
    const draw = (task: Uint8Array): Promise<RunOutcome> => run(request('random-number', [], { module, seed: task }))
    expect(await draw(seed)).toEqual(await draw(seed))
    expect(await draw(seed)).not.toEqual(await draw(new Uint8Array(32).fill(1)))
  })

  it('says why a function of a core module cannot be called', async () => {
    const outcome = await run(request('two', [], { module: sourceOf('core/plain') }))
    expect(failureOf(outcome)).toMatch(/^UnknownFunction: the function two cannot be called: it has the type/)
  })

  it('asks for the bytes of a module once', async () => {
    let asked = 0
    const bytes = bytesOf('guests/add/add')
    const module = {
      cid: cidOf(codec.raw, bytes),
      bytes: async () => {
        asked += 1
        return ok(bytes)
      },
    }
    const sums = await Promise.all([1, 2, 3].map(n => run(request('add-one', [n], { module }))))
    expect(sums).toEqual([{ ok: 2 }, { ok: 3 }, { ok: 4 }])
    expect(asked).toBe(1)
  })

  it('leaves the caller its bytes, however large', async () => {
    for (const bytes of [new Uint8Array(200_000).fill(9), Buffer.alloc(200_000, 9)]) {
      expect(await run(request('echo-bytes', [bytes]))).toEqual({ ok: new Uint8Array(200_000).fill(9) })
      expect(bytes.length).toBe(200_000)
    }
  })

  it('puts the content of a file where a link stands for bytes', async () => {
    const link = cidOf(codec.raw, new Uint8Array([1]))
    const loadFile: RunRequest['loadFile'] = async () => ok(new Uint8Array([1, 2]))
    expect(await run(request('echo-bytes', [link], { loadFile }))).toEqual({ ok: new Uint8Array([1, 2]) })
    expect(await run(request('echo-string', [link]))).toEqual({ ok: link.toString() })
    expect(failureOf(await run(request('echo-bytes', [link])))).toBe(
      `MissingFile: ${link} could not be had: block ${link} is not in the store`,
    )
  })
})

describe('what is wrong with a request is said before anything runs', () => {
  it('a function that there is not', async () => {
    expect(failureOf(await run(request('echo-strng', ['a'])))).toMatch(
      /^UnknownFunction: the module has no function echo-strng; did you mean ipvm:echo\/types@0.1.0#echo-string\?/,
    )
  })

  it('arguments that do not fit', async () => {
    expect(failureOf(await run(request('echo-u8', [256])))).toBe('TypeMismatch: params[0]: expected u8, got 256')
    expect(failureOf(await run(request('grow', [])))).toBe(
      'TypeMismatch: params: expected 1 for grow: func(pages: u32) -> s32, got 0',
    )
  })

  it('a module that is none, or cannot be had', async () => {
    const text = new TextEncoder().encode('hello world')
    const module = { cid: cidOf(codec.raw, text), bytes: async () => ok(text) }
    expect(failureOf(await run(request('f', [], { module })))).toBe(
      'MalformedModule: not a Wasm binary: it does not begin with 00 61 73 6d, as one does; give the file that a compiler made',
    )
    const gone = { ...module, bytes: async () => error({ name: 'MissingBlock', message: 'it is not here' }) }
    expect(await run(request('f', [], { module: gone }))).toMatchObject({ error: { name: 'MissingFile' } })
  })
})

describe('a run that does not end by itself is ended', () => {
  it('an endless loop by its time limit, and the next run has a thread again', async () => {
    const limits = { ...quotas, time: 150 }
    const ended = await Promise.all([1, 2, 3].map(() => run(request('spin', [], { limits }))))
    for (const outcome of ended)
      expect(outcome).toMatchObject({ error: { name: 'TimeLimit', limit: 150 }, permanent: false })
    expect(await run(request('echo-u8', [1]))).toEqual({ ok: 1 })
  })

  it('a loop that grows memory by the memory quota', async () => {
    const grower = request('fill', [], { module: sourceOf('grower') })
    expect(await run(grower)).toMatchObject({ error: { name: 'MemoryQuota', limit: memory }, permanent: false })
  })

  it('a cancelled run at once, whether it runs, waits for a thread or has not begun', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const running = whenRunning(2)
    const runs = [1, 2, 3, 4].map(() => run(request('spin', [], { signal })))
    await running
    controller.abort()
    for (const outcome of await Promise.all(runs)) expect(outcome).toMatchObject({ error: { name: 'Cancelled' } })
    expect(await run(request('echo-u8', [1], { signal }))).toMatchObject({ error: { name: 'Cancelled' } })
    expect(await run(request('echo-u8', [1]))).toEqual({ ok: 1 })
  })

  it('a recursion without end by the stack of the profile, the same on every host', async () => {
    expect(await run(request('overflow', [100]))).toEqual({ ok: 101 })
    const deep = { name: 'Trap', message: 'the function trapped: it recurses deeper than the stack of profile 1' }
    expect(await run(request('overflow', [50_000_000]))).toEqual({ error: deep, permanent: true })
  })

  it('a thread that breaks costs its run another try, and nobody else anything', async () => {
    const own = createPool({ workers: 1 })
    const content = new Uint8Array(100_000).fill(7)
    const breaking = breakThreads(1)
    // What went with the broken thread is there again for the next.
    const runs = [run(request('echo-bytes', [content]), own), run(request('echo-u8', [5]), own)]
    expect(await Promise.all(runs)).toEqual([{ ok: content }, { ok: 5 }])
    breaking.end()
    expect(breaking.broken).toHaveLength(1)
    // It is not left behind.
    await Promise.all(breaking.broken)
    await own.close()
  })

  it('a run that breaks two threads is a failure of the host, and the pool goes on', async () => {
    const own = createPool({ workers: 2 })
    own.warm(2)
    await run(request('echo-u8', [5]), own)
    const breaking = breakThreads(2, Object.assign(new Error('heap'), { code: 'ERR_WORKER_OUT_OF_MEMORY' }))
    const outcome = await run(request('echo-u8', [5]), own)
    expect(outcome).toMatchObject({ error: { name: 'HostFailure' }, permanent: false })
    expect(failureOf(outcome)).toMatch(
      /^HostFailure: 2 workers broke one after the other: it had no more than 1024 MiB/,
    )
    breaking.end()
    expect(await run(request('echo-u8', [6]), own)).toEqual({ ok: 6 })
    await own.close()
  })

  it('an idle pool that nobody closed does not keep the process alive', async () => {
    const pool = new URL('./pool.ts', import.meta.url)
    const fixture = new URL('../guests.test-fixture.ts', import.meta.url)
    const script = `import { createPool } from '${pool}'; import { noFiles, quotas, seed, sourceOf } from '${fixture}'
      const pool = createPool({ workers: 2 })
      pool.warm(2)
      const request = { fun: 'echo-u8', params: [3], seed, limits: { time: 9000, ...quotas }, loadFile: noFiles }
      console.log(JSON.stringify(await pool.run({ module: sourceOf('echo'), ...request })))`
    const options = { timeout: 60_000 }
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], options)
    expect(JSON.parse(stdout)).toMatchObject({ outcome: { ok: 3 } })
  })

  it('closing the pool ends what runs', async () => {
    const short = createPool({ workers: 1 })
    const begun = whenRunning(1)
    const running = run(request('spin', []), short)
    const waiting = run(request('spin', []), short)
    await begun
    await short.close()
    expect(await running).toMatchObject({ error: { name: 'Cancelled' } })
    expect(await waiting).toMatchObject({ error: { name: 'Cancelled' } })
    expect(await run(request('echo-u8', [1]), short)).toMatchObject({ error: { name: 'Cancelled' } })
  })
})

describe('a cache keeps what was rewritten for other pools', () => {
  const files = new Map<string, Uint8Array>()
  let disk = Promise.withResolvers<void>()
  const cache: ProgramCache = {
    get: async key => files.get(key),
    put: async (key, bytes) => {
      // As slow as a disk: the pool is being closed meanwhile.
      await disk.promise
      files.set(key, bytes)
    },
  }

  /** What a pool of its own gives, and whether it needed the bytes of the module. */
  async function runWith(of: ProgramCache): Promise<readonly [outcome: RunOutcome, asked: boolean]> {
    let asked = false
    const bytes = async () => {
      asked = true
      return echo.bytes()
    }
    disk = Promise.withResolvers()
    const own = createPool({ workers: 1, cache: of })
    const outcome = await run(request('echo-string', ['hé'], { module: { cid: echo.cid, bytes } }), own)
    const closed = own.close()
    disk.resolve()
    await closed
    return [outcome, asked]
  }

  it('which then need not have its bytes', async () => {
    expect(await runWith(cache)).toEqual([{ ok: 'hé' }, true])
    expect([...files.keys()]).toEqual([expect.stringContaining(`${profile} `)])
    expect([...files.keys()][0]).toContain(echo.cid.toString())
    expect(await runWith(cache)).toEqual([{ ok: 'hé' }, false])
  })

  it('and what is of another form, or cannot be had or kept, is no failure', async () => {
    const [key = '', bytes = new Uint8Array()] = [...files][0] ?? []
    files.set(key, bytes.subarray(0, 100))
    expect(await runWith(cache)).toEqual([{ ok: 'hé' }, true])
    expect(files.get(key)).toEqual(bytes)
    const fault = async () => Promise.reject(new Error('the disk is gone'))
    expect(await runWith({ get: fault, put: fault })).toEqual([{ ok: 'hé' }, true])
  })
})
