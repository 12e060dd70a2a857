import { error, ok, rawBlock } from '@ipvm/ipld'
import { expect, test } from 'vitest'
import { limits, type IncomingRequest, type Network, type NetworkOptions } from '../index.ts'
import { echo, patterned, Shelf, Stage, text, until, words, type MakeHarness } from './harness.test-fixture.ts'

/** What whoever was dialled asks of whoever has dialled, who need not have an address. */
export function dialledStories(make: MakeHarness): void {
  test('who was dialled asks who has dialled, in every kind and size, many at once', async () => {
    await using stage = new Stage(await make())
    const asked: IncomingRequest[] = []
    const { bob, alice } = await dialled(stage, {
      answer: request => {
        asked.push(request)
        return echo(request)
      },
    })
    expect(words(await bob.request(alice, text('one'), { wait: 1500 }))).toBe('one')
    expect(asked).toMatchObject([{ type: 'container', wait: 1500 }])
    for (const type of ['container', 'car', 'reconcile'] as const) {
      expect(await bob.request(alice, { type, bytes: new Uint8Array(0) })).toMatchObject({ ok: { type } })
    }
    const bytes = patterned(8 * 1024 * 1024 + 3)
    const answer = await bob.request(alice, { type: 'container', bytes })
    expect('ok' in answer && Buffer.compare(answer.ok.bytes, bytes)).toBe(0)
    const all = Array.from({ length: 24 }, (_, n) => `request ${n}`)
    expect((await Promise.all(all.map(one => bob.request(alice, text(one))))).map(words)).toEqual(all)
  })

  test('a refusal of who has dialled arrives, and what is still to come is named', async () => {
    await using stage = new Stage(await make())
    const { cid } = rawBlock(Uint8Array.of(1))
    const { bob, alice } = await dialled(stage, {
      answer: async ({ bytes }) =>
        bytes.length > 1
          ? ok({ type: 'container', bytes, pending: [{ kind: 'workflow', cid }] })
          : error({ name: 'Busy', message: 'later', retryAfter: 2000 }),
    })
    expect(await bob.request(alice, text('x'))).toMatchObject({ error: { name: 'Busy', retryAfter: 2000 } })
    const answer = await bob.request(alice, text('yes'))
    expect('ok' in answer && answer.ok.pending).toMatchObject([{ kind: 'workflow' }])
    expect(await bob.request(alice, text('yes'), { answerBytesMax: 2 })).toMatchObject({ error: { name: 'TooLarge' } })
  })

  test('blocks come from who has dialled', async () => {
    await using stage = new Stage(await make())
    const { shelf, root, blocks } = Shelf.withFile(3 * 1024 * 1024 + 7)
    const { bob, alice } = await dialled(stage, { block: cid => shelf.block(cid) })
    const mine = new Shelf()
    expect(await bob.fetch(root, mine, { peers: [alice] })).toMatchObject({ ok: { blocks: blocks.length } })
    const { cid: absent } = rawBlock(Uint8Array.of(9))
    expect(await bob.fetch(absent, mine, { peers: [alice] })).toMatchObject({ error: { name: 'MissingBlocks' } })
  })

  test('an answer that does not come is not waited for for ever, and its handler goes on with the next', async () => {
    await using stage = new Stage(await make())
    const { bob, alice } = await dialled(stage, {
      answer: request => (request.bytes.length > 1 ? echo(request) : new Promise(() => {})),
    })
    expect(await bob.request(alice, text('x'), { within: 100 })).toMatchObject({ error: { name: 'TimedOut' } })
    const controller = new AbortController()
    const called = bob.request(alice, text('x'), { signal: controller.signal })
    controller.abort()
    expect(await called).toMatchObject({ error: { name: 'Aborted' } })
    expect(words(await bob.request(alice, text('next')))).toBe('next')
  })

  test('who has dialled goes in the middle, and what it was asked fails', async () => {
    await using stage = new Stage(await make())
    const came = Promise.withResolvers<void>()
    const { bob, alice, network } = await dialled(stage, {
      answer: () => {
        came.resolve()
        return new Promise(() => {})
      },
    })
    const asked = bob.request(alice, text('x'), { within: limits.answerWithin })
    await came.promise
    await network.close()
    expect(await asked).toMatchObject({ error: { name: expect.stringMatching(/^(Cut|Unreachable)$/), sent: true } })
    await until(() => !bob.peers().some(({ name }) => name === alice))
    expect(await bob.request(alice, text('x'))).toHaveProperty('error')
  })
}

/** Bob, whom Alice has dialled; her handlers, and her name as he knows it. */
async function dialled(
  stage: Stage,
  options: Partial<NetworkOptions>,
): Promise<{ bob: Network; alice: string; network: Network }> {
  const bob = await stage.network('bob')
  // Those by whom she comes are there before her, such as a relay.
  const others = new Set(bob.peers().map(({ name }) => name))
  const network = await stage.network('alice', options)
  const met = await network.connect(stage.harness.bob)
  if ('error' in met) throw new Error(met.error.message)
  const hers = () => bob.peers().find(({ name }) => !others.has(name))
  await until(() => hers() !== undefined)
  return { bob, alice: hers()?.name ?? '', network }
}
