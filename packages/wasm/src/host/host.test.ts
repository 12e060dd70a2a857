import { createHash } from 'node:crypto'
import type { Value } from '@ipvm/ipld'
import { paramsToWit, resolveExport, type WitValue } from '@ipvm/wit'
import { describe, expect, it } from 'vitest'
import type { Program } from '../component/program.ts'
import { bytesOf, call, failureOf, programOf, quotas } from '../guests.test-fixture.ts'
import { handlesMax, logBytesMax, streamWriteBytesMax } from '../limits.ts'
import { invoke, type Invoked } from '../sandbox/invoke.ts'
import { prepare } from '../sandbox/prepare.ts'
import { hostState } from './host.ts'
import { hostFunction } from './interfaces.ts'
import { RunLog } from './log.ts'

const alicesSeed = new Uint8Array(32).fill(0xa1)
const bobsSeed = new Uint8Array(32).fill(0xb0)

/** One guest in both its forms: the core module that the compiler made, and the component that tools make of it. */
const guests = [
  ['component', programOf('host')],
  ['core module', programOf('core/host')],
] as const

function run(program: Program, fun: string, params: readonly Value[], seed = alicesSeed): Invoked {
  const found = resolveExport(program.functions, fun)
  if (!found) throw new Error(`no function ${fun}`)
  const args = paramsToWit(found.name, found.type, params, () => undefined)
  if ('error' in args) throw new Error(args.error.message)
  return invoke(program, { fun: found.name, args: args.ok, quotas, seed }, hostFunction)
}

function okOf({ result }: Invoked): unknown {
  return 'ok' in result ? result.ok : result.error.message
}

/** The stream as docs/guide.md specifies it. */
function specified(seed: Uint8Array, label: string, length: number): Buffer {
  const blocks: Buffer[] = []
  for (let i = 0; i * 32 < length; i++) {
    const counter = Buffer.alloc(8)
    counter.writeBigUInt64BE(BigInt(i))
    blocks.push(createHash('sha256').update(seed).update(label).update(counter).digest())
  }
  return Buffer.concat(blocks).subarray(0, length)
}

describe.each(guests)('what a %s imports is the same wherever and whenever it runs', (_, program) => {
  it('random numbers are drawn from the seed, as the guide specifies', () => {
    expect(okOf(run(program, 'random-bytes', [100]))).toEqual(
      new Uint8Array(specified(alicesSeed, 'wasi:random/random', 100)),
    )
    expect(okOf(run(program, 'random-number', []))).toBe(
      specified(alicesSeed, 'wasi:random/random', 8).readBigUInt64LE(),
    )
    expect(okOf(run(program, 'insecure-number', []))).toBe(
      specified(alicesSeed, 'wasi:random/insecure', 8).readBigUInt64LE(),
    )
    const pair = specified(alicesSeed, 'wasi:random/insecure-seed', 16)
    expect(okOf(run(program, 'seed-pair', []))).toEqual([pair.readBigUInt64LE(0), pair.readBigUInt64LE(8)])
  })

  it('another task draws others', () => {
    expect(okOf(run(program, 'random-number', [], bobsSeed))).not.toBe(okOf(run(program, 'random-number', [])))
  })

  it('clocks stand still, and an hour of sleep is over at once', () => {
    expect(okOf(run(program, 'times', []))).toEqual([0n, 0n])
    expect(okOf(run(program, 'sleep', []))).toBe(3)
  })

  it('there is no input, no environment, no directory and no terminal', () => {
    expect(okOf(run(program, 'is-input-closed', []))).toBe(true)
    expect(okOf(run(program, 'things-around', []))).toBe(0)
  })

  it('what it writes goes to the log', () => {
    expect(run(program, 'say', ['hello\n']).log).toBe('hello\n')
    expect(run(program, 'complain', ['oh no']).log).toBe('oh no')
    expect(run(program, 'note', [3, 'resize', 'is too large']).log).toBe('warn resize: is too large\n')
    expect(run(program, 'note', [0, '', 'begins']).log).toBe('trace: begins\n')
  })

  it('handles are numbered as the canonical ABI says', () => {
    expect(okOf(run(program, 'handles', []))).toEqual(Uint32Array.of(1, 2, 1, 3))
    expect(okOf(run(program, 'hold', [handlesMax]))).toBe(handlesMax)
    expect(okOf(run(program, 'hold', [handlesMax + 1]))).toMatch(/trapped: it holds more than 100000 handles/)
  })
})

describe('a guest that ends itself', () => {
  const [[, program]] = guests

  it('has succeeded only where it owes no result', () => {
    expect(run(program, 'leave', [true]).result).toEqual({ ok: undefined })
    expect(failureOf(call(program, 'leave', [false]))).toBe(
      'Trap: the function trapped: the guest ended itself with a failure (wasi:cli/exit)',
    )
    expect(failureOf(call(program, 'leave-with', [0]))).toMatch(/^Trap: .* with success, but without a result/)
    expect(call(program, 'leave-with', [7])).toMatchObject({ permanent: true })
    expect(failureOf(call(program, 'leave-with', [7]))).toMatch(/^Trap: .* with status 7/)
  })
})

describe('the log', () => {
  const [[, program]] = guests

  it('is cut at its limit, and says so', () => {
    const exact = 'x'.repeat(logBytesMax)
    expect(run(program, 'say', [exact]).log).toBe(exact)
    const { log, result } = run(program, 'say', [`${exact}!`])
    expect(log).toBe(`${exact}\n(the log ends here: it is longer than ${logBytesMax} bytes)\n`)
    expect(result).toEqual({ ok: undefined })
  })

  it('shows nothing of a character that the limit cuts in two', () => {
    const { log } = run(program, 'say', [`${'x'.repeat(logBytesMax - 1)}ä`])
    expect(log).toMatch(/^x+\n\(the log ends here/)
  })

  it('begins messages on a line of their own, and survives a trap', () => {
    const log = new RunLog()
    log.write(Buffer.from('half a line'))
    log.writeLine('info: done')
    log.write(Uint8Array.of(0xff))
    expect(log.text()).toBe('half a line\ninfo: done\n\ufffd')
  })

  it('is gone on with in pieces that are permitted', () => {
    expect(okOf(run(program, 'say', ['x'.repeat(streamWriteBytesMax + 1)]))).toBeUndefined()
  })
})

describe('work that the host does is charged for', () => {
  function chargedFor(host: string, name: string, ...args: WitValue[]): number {
    let charged = 0
    const charge = (units: number): void => {
      charged += units
    }
    const found = hostFunction(host, name)
    found?.run(hostState({ seed: alicesSeed, log: new RunLog(), charge }), args)
    return charged
  }

  it('by the bytes, before it is done', () => {
    const write = '[method]output-stream.write'
    expect(chargedFor('wasi:io/streams@0.2.0', write, 0, new Uint8Array(80))).toBe(10)
    expect(chargedFor('wasi:io/streams@0.2.0', '[method]output-stream.write-zeroes', 0, 9n)).toBe(2)
    expect(chargedFor('wasi:logging/logging', 'log', 0, '1234', '56789')).toBe(2)
    expect(chargedFor('wasi:random/random@0.2.0', 'get-random-bytes', 4n)).toBe(256)
    expect(chargedFor('wasi:io/poll@0.2.0', 'poll', [0, 0])).toBe(1)
  })

  it('and a charge that ends the run leaves nothing behind', () => {
    const log = new RunLog()
    const state = hostState({
      seed: alicesSeed,
      log,
      charge: () => {
        throw new Error('out of gas')
      },
    })
    const found = hostFunction('wasi:logging/logging', 'log')
    expect(() => found?.run(state, [0, '', 'free of charge'])).toThrow('out of gas')
    expect(log.text()).toBe('')
  })
})

describe('what is not there is refused before anything runs', () => {
  function refusalOf(name: string): string {
    const prepared = prepare(bytesOf(name))
    return 'error' in prepared ? `${prepared.error.name}: ${prepared.error.message}` : 'prepared'
  }

  it('imports of a core module that says nothing of WIT, each by its name', () => {
    expect(refusalOf('core/imports')).toBe(
      'UnsupportedModule: it imports env abort, the memory env memory, wasi_snapshot_preview1 fd_write, which ipvm does not provide; build it without, or stub the imports out; wasi_snapshot_preview1 is served to components only: build it for wasm32-wasip2, or put the adapter around it',
    )
  })

  it('interfaces of the network, and functions of later versions', () => {
    expect(hostFunction('wasi:sockets/tcp@0.2.0', '[method]tcp-socket.start-bind')).toBeUndefined()
    expect(hostFunction('wasi:http/outgoing-handler@0.2.0', 'handle')).toBeUndefined()
    expect(hostFunction('wasi:random/random@0.3.0', 'get-random-u64')).toBeUndefined()
    expect(hostFunction('wasi:random/random', 'get-random-u64')).toBeUndefined()
    expect(hostFunction('wasi:random/random@0.2.11', 'get-random-u64')).toBeDefined()
  })

  it('a function that takes a handle', () => {
    expect(refusalOf('core/handle')).toMatch(
      /UnsupportedModule: it uses resources \(in the function is-ready\) at byte/,
    )
  })

  it('what the host gives reaches a component inside', () => {
    const nested = programOf('nested-import')
    expect(okOf(run(nested, 'draw', []))).toBe(specified(alicesSeed, 'wasi:random/random', 8).readBigUInt64LE())
  })
})
