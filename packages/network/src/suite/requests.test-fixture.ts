import { error, ok, rawBlock } from '@ipvm/ipld'
import { expect, test } from 'vitest'
import { limits, type IncomingRequest } from '../index.ts'
import { echo, patterned, Stage, text, until, words, type MakeHarness } from './harness.test-fixture.ts'

/** Requests, as stories that every transport has to tell alike. */
export function requestStories(make: MakeHarness): void {
  test('a request gets its answer, with what kind it is and what is still to come', async () => {
    await using stage = new Stage(await make())
    const asked: IncomingRequest[] = []
    const { cid } = rawBlock(Uint8Array.of(1))
    const { alice, at } = await stage.pair({
      answer: async request => {
        asked.push(request)
        return ok({ type: 'car', bytes: request.bytes, pending: [{ kind: 'receipt', cid }] })
      },
    })
    const answer = await alice.request(at, text('one'), { wait: 1500 })
    expect(answer).toMatchObject({ ok: { type: 'car', pending: [{ kind: 'receipt' }] } })
    expect('ok' in answer && answer.ok.pending?.[0]?.cid.toString()).toBe(cid.toString())
    expect(words(answer)).toBe('one')
    expect(asked).toMatchObject([{ type: 'container', wait: 1500 }])
    expect(typeof asked[0]?.from.name).toBe('string')
  })

  test('the kinds of bodies arrive as what they are, empty ones too', async () => {
    await using stage = new Stage(await make())
    const { alice, at } = await stage.pair({ answer: echo })
    for (const type of ['container', 'car', 'reconcile'] as const) {
      expect(await alice.request(at, { type, bytes: new Uint8Array(0) })).toMatchObject({ ok: { type } })
    }
  })

  test('large bodies arrive whole in both directions', async () => {
    await using stage = new Stage(await make())
    const { alice, at } = await stage.pair({ answer: echo })
    const bytes = patterned(8 * 1024 * 1024 + 3)
    const answer = await alice.request(at, { type: 'container', bytes })
    expect('ok' in answer && Buffer.compare(answer.ok.bytes, bytes)).toBe(0)
  })

  test('many requests side by side get each their own answer', async () => {
    await using stage = new Stage(await make())
    const { alice, at } = await stage.pair({ answer: echo })
    const all = Array.from({ length: 24 }, (_, n) => `request ${n}`)
    expect((await Promise.all(all.map(one => alice.request(at, text(one))))).map(words)).toEqual(all)
  })

  test('a refusal arrives with its reason, and Busy with when to ask again', async () => {
    await using stage = new Stage(await make())
    const refusals = [
      { name: 'Refused', message: 'you have no proof', status: 403 },
      { name: 'Busy', message: 'later', retryAfter: 2000 },
    ] as const
    const left = [...refusals]
    const { alice, at } = await stage.pair({ answer: async () => error(left.shift() ?? refusals[0]) })
    const [refused, busy] = [await alice.request(at, text('x')), await alice.request(at, text('x'))]
    expect(refused).toMatchObject({
      error: { name: 'Refused', message: expect.stringContaining('no proof'), sent: true },
    })
    expect(busy).toMatchObject({ error: { name: 'Busy', retryAfter: 2000 } })
  })

  test('a handler that throws costs its request, and no more', async () => {
    await using stage = new Stage(await make())
    const logged: string[] = []
    const { alice, at } = await stage.pair({
      log: line => logged.push(line),
      answer: request => (request.bytes.length > 2 ? echo(request) : Promise.reject(new Error('our bug'))),
    })
    expect(await alice.request(at, text('x'))).toMatchObject({ error: { name: 'Busy' } })
    expect(words(await alice.request(at, text('fine')))).toBe('fine')
    expect(logged).toHaveLength(1)
  })

  test('more requests of one peer than are worked at side by side are told Busy, and none is lost', async () => {
    await using stage = new Stage(await make())
    const open = Promise.withResolvers<void>()
    const { alice, at } = await stage.pair({ answer: request => open.promise.then(() => echo(request)) })
    const asked = Array.from({ length: limits.requestsPerPeerMax + 8 }, () => alice.request(at, text('x')))
    let answered = 0
    for (const one of asked) void one.then(() => (answered += 1))
    await until(() => answered === 8)
    open.resolve()
    const names = (await Promise.all(asked)).map(words)
    expect(names.filter(name => name === 'Busy')).toHaveLength(8)
    expect(names.filter(name => name === 'x')).toHaveLength(limits.requestsPerPeerMax)
    expect(words(await alice.request(at, text('again')))).toBe('again')
  })

  limitStories(make)
  waitingStories(make)
  hostileStories(make)
}

function limitStories(make: MakeHarness): void {
  test('an answer over the limit of who asks is not taken', async () => {
    await using stage = new Stage(await make())
    const { alice, at } = await stage.pair({
      answer: async () => ok({ type: 'container', bytes: new Uint8Array(1024 * 1024) }),
    })
    const failed = await alice.request(at, text('x'), { answerBytesMax: 1000 })
    expect(failed).toMatchObject({ error: { name: 'TooLarge', limit: 1000, sent: true } })
    expect(await alice.request(at, text('x'))).toHaveProperty('ok')
  })

  test('a request over the limit does not leave', async () => {
    await using stage = new Stage(await make())
    let asked = 0
    const { alice, at } = await stage.pair({
      answer: request => {
        asked += 1
        return echo(request)
      },
    })
    const bytes = new Uint8Array(limits.bodyBytesMax + 1)
    expect(await alice.request(at, { type: 'container', bytes })).toMatchObject({
      error: { name: 'TooLarge', sent: false },
    })
    expect(asked).toBe(0)
  })

  test('a request over what the other takes is refused with how much that is', async () => {
    await using stage = new Stage(await make())
    const { alice, at } = await stage.pair({ answer: echo, bodyBytesMax: 100_000 })
    const ask = (length: number) => alice.request(at, { type: 'container', bytes: new Uint8Array(length) })
    expect(await ask(100_000)).toMatchObject({ ok: {} })
    expect(await ask(100_001)).toMatchObject({ error: { message: expect.stringContaining('100000 bytes') } })
    expect(words(await alice.request(at, text('x')))).toBe('x')
  })

  test('who is nowhere is not reached, and what is no address is nobody', async () => {
    await using stage = new Stage(await make())
    const { alice } = await stage.pair()
    expect(await alice.request(stage.harness.nobody, text('x'))).toMatchObject({
      error: { name: 'Unreachable', sent: false },
    })
    expect(await alice.connect(stage.harness.nobody)).toMatchObject({ error: { name: 'Unreachable' } })
    expect(await alice.request('did:key:z6MkNobody', text('x'))).toMatchObject({ error: { name: 'NoSuchPeer' } })
  })
}

function waitingStories(make: MakeHarness): void {
  test('who hangs is not waited for, and is told that nobody waits', async () => {
    await using stage = new Stage(await make())
    const signals: AbortSignal[] = []
    const { alice, at } = await stage.pair({
      answer: ({ signal }) => {
        signals.push(signal)
        return new Promise(() => {})
      },
    })
    const late = await alice.request(at, text('x'), { within: 50 })
    expect(late).toMatchObject({ error: { name: 'TimedOut', sent: true, peer: at } })
    await until(() => signals[0]?.aborted === true)
  })

  test('a request that is called off ends at once on both sides', async () => {
    await using stage = new Stage(await make())
    const came = Promise.withResolvers<AbortSignal>()
    const { alice, at } = await stage.pair({
      answer: ({ signal }) => {
        came.resolve(signal)
        return new Promise(() => {})
      },
    })
    const controller = new AbortController()
    const asked = alice.request(at, text('x'), { signal: controller.signal })
    const signal = await came.promise
    controller.abort()
    expect(await asked).toMatchObject({ error: { name: 'Aborted' } })
    await until(() => signal.aborted)
    expect(await alice.request(at, text('x'), { signal: controller.signal })).toMatchObject({
      error: { name: 'Aborted', sent: false },
    })
  })

  test('a peer that vanishes in the middle of a request breaks it off, and answers again when it is back', async () => {
    await using stage = new Stage(await make())
    const came = Promise.withResolvers<void>()
    let isFirst = true
    const { alice, at } = await stage.pair({
      answer: request => {
        if (!isFirst) return echo(request)
        isFirst = false
        came.resolve()
        return new Promise(() => {})
      },
    })
    const asked = alice.request(at, text('x'))
    await came.promise
    await stage.harness.vanish()
    expect(await asked).toMatchObject({ error: { name: 'Cut', sent: true } })
    expect(await alice.request(at, text('y'))).toMatchObject({ error: { name: 'Unreachable', sent: false } })
    await stage.harness.comeBack()
    expect(words(await alice.request(stage.harness.bob, text('z')))).toBe('z')
  })

  test('a network that is closed asks nobody, and nobody is left waiting', async () => {
    await using stage = new Stage(await make())
    const came = Promise.withResolvers<void>()
    const { alice, at } = await stage.pair({
      answer: () => {
        came.resolve()
        return new Promise(() => {})
      },
    })
    const asked = alice.request(at, text('x'))
    await came.promise
    await alice.close()
    await alice.close()
    expect(['Cut', 'Aborted', 'Closed']).toContain(words(await asked))
    expect(await alice.request(at, text('x'))).toMatchObject({ error: { name: 'Closed' } })
    expect(await alice.publish('t', Uint8Array.of(1))).toMatchObject({ error: { name: 'Closed' } })
  })
}

function hostileStories(make: MakeHarness): void {
  test('servers that are endless, slow, hanging or talk nonsense cost one request, and little memory', async () => {
    await using stage = new Stage(await make())
    const { alice, at } = await stage.pair({ answer: echo })
    for (const [what, address] of Object.entries(stage.harness.hostile ?? {})) {
      const before = process.memoryUsage().arrayBuffers
      const asked = await alice.request(address, text('x'), { within: 500, answerBytesMax: 100_000 })
      expect([what, words(asked)]).toEqual([
        what,
        expect.stringMatching(/^(TooLarge|TimedOut|MalformedAnswer|Cut|Refused|Unreachable)$/),
      ])
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024)
    }
    expect(words(await alice.request(at, text('still there')))).toBe('still there')
  })
}
