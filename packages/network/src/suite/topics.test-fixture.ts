import { expect, test } from 'vitest'
import { limits, type Message, type Network, type PeerChange } from '../index.ts'
import { echo, Stage, text, until, words, type MakeHarness } from './harness.test-fixture.ts'

const bytes = (words: string) => new TextEncoder().encode(words)
const said = ({ bytes: message }: Message) => new TextDecoder().decode(message)

/** Topics and presence, as stories that every transport has to tell alike. */
export function topicStories(make: MakeHarness): void {
  test('a message reaches everyone who takes part, once, and not oneself', async () => {
    await using stage = new Stage(await make())
    const { alice, bob, carol, heard } = await three(stage)
    await alice.publish('news', bytes('of alice'))
    await bob.publish('news', bytes('of bob'))
    await carol.publish('other', bytes('not for these'))
    await carol.publish('news', bytes('of carol'))
    await until(() => heard.alice.length === 2 && heard.bob.length === 2 && heard.carol.length === 2)
    expect(heard.alice.sort()).toEqual(['of bob', 'of carol'])
    expect(heard.bob.sort()).toEqual(['of alice', 'of carol'])
    expect(heard.carol.sort()).toEqual(['of alice', 'of bob'])
  })

  test('the same message again is not heard again, whoever says it', async () => {
    await using stage = new Stage(await make())
    const { alice, bob, carol, heard } = await three(stage)
    for (const one of [alice, alice, carol]) await one.publish('news', bytes('twice'))
    await until(() => heard.bob.includes('twice'))
    await bob.publish('news', bytes('twice'))
    await carol.publish('news', bytes('last'))
    await until(() => heard.bob.includes('last') && heard.alice.includes('last'))
    expect(heard.bob).toEqual(['twice', 'last'])
    expect(heard.alice).toEqual(['last'])
  })

  test('who has left hears nothing more, and who takes part again does', async () => {
    await using stage = new Stage(await make())
    const { alice, bob, carol, heard } = await three(stage)
    const more: string[] = []
    // A node passes on what it takes part in itself.
    bob.subscribe('more', () => 'accept')
    const second = carol.subscribe('more', message => {
      more.push(said(message))
      return 'accept'
    })
    await ready(alice, 'more', 'knock', () => more.length > 0)
    second.close()
    await alice.publish('more', bytes('unheard'))
    await alice.publish('news', bytes('heard'))
    await until(() => heard.carol.includes('heard'))
    expect(more).not.toContain('unheard')
    carol.subscribe('more', message => {
      more.push(said(message))
      return 'accept'
    })
    await ready(alice, 'more', 'again', () => more.some(one => one.startsWith('again')))
  })

  test('a listener that is slow loses messages beyond its room, and no one else does', async () => {
    await using stage = new Stage(await make())
    const { alice, bob, heard } = await three(stage)
    const open = Promise.withResolvers<void>()
    const slow = bob.subscribe('news', () => open.promise.then(() => 'ignore' as const))
    const count = limits.messageBytesWaitingMax / limits.messageBytesMax + 4
    const sent: string[] = []
    for (let n = 0; n < count; n++) {
      sent.push(`${n} `.padEnd(limits.messageBytesMax - 1, 'x'))
      await alice.publish('news', bytes(sent[n] ?? ''))
    }
    await until(() => slow.dropped > 2 && heard.bob.length === sent.length)
    open.resolve()
    await alice.publish('news', bytes('end'))
    await until(() => heard.bob.includes('end'))
  })

  test('a message that is too large does not leave, and what a listener throws is our own matter', async () => {
    await using stage = new Stage(await make())
    const { alice, bob, heard } = await three(stage)
    bob.subscribe('news', () => {
      throw new Error('our bug')
    })
    expect(await alice.publish('news', new Uint8Array(limits.messageBytesMax + 1))).toMatchObject({
      error: { name: 'TooLarge' },
    })
    await alice.publish('news', bytes('small'))
    await until(() => heard.bob.length === 1)
  })

  troubleStories(make)
}

function troubleStories(make: MakeHarness): void {
  test('peers are told of when they come and when they go, and topics go on when they are back', async () => {
    await using stage = new Stage(await make())
    const { alice, bob, at } = await stage.pair({ answer: echo })
    const changes: PeerChange[] = []
    alice.watch(change => changes.push(change))
    const of = (what: string) => changes.filter(({ peer, change }) => peer.name === at && change === what)
    const heard: string[] = []
    alice.subscribe('news', message => {
      heard.push(said(message))
      return 'accept'
    })
    await ready(bob, 'news', 'before', () => heard.length > 0)
    expect(alice.peers().map(({ name }) => name)).toContain(at)
    await stage.harness.vanish()
    await until(() => of('went').length > 0)
    expect(alice.peers().map(({ name }) => name)).not.toContain(at)
    await stage.harness.comeBack()
    await ready(bob, 'news', 'after', () => heard.some(one => one.startsWith('after')))
    await until(() => of('came').length > 0)
    expect(words(await alice.request(at, text('x')))).toBe('x')
  })

  test('who may not hear a topic does not, whoever says it, until it may', async () => {
    await using stage = new Stage(await make())
    let isOpen = false
    let bobName = ''
    const asked = new Set<string>()
    // Carol may not hear from anybody what only Alice and Bob say to each other.
    const isFor = (topic: string) => topic !== 'secret' || isOpen
    const bob = await stage.network('bob', {
      answer: echo,
      mayHear: (topic, peer) => {
        asked.add(peer.name)
        return isFor(topic)
      },
    })
    const alice = await stage.network('alice', { mayHear: (topic, { name }) => isFor(topic) || name === bobName })
    const carol = await stage.network('carol')
    const heard: Record<string, string[]> = { bob: [], carol: [] }
    for (const one of [alice, carol]) {
      const met = await one.connect(stage.harness.bob)
      if ('ok' in met) bobName = met.ok.name
    }
    for (const [name, network] of Object.entries({ bob, carol })) {
      for (const topic of ['secret', 'news']) {
        network.subscribe(topic, message => {
          heard[name]?.push(`${topic} ${said(message)}`)
          return 'accept'
        })
      }
    }
    await ready(alice, 'secret', 'of alice', () => heard.bob?.some(one => one.startsWith('secret')) ?? false)
    await bob.publish('secret', bytes('of bob'))
    await ready(bob, 'news', 'for all', () => heard.carol?.some(one => one.startsWith('news')) ?? false)
    expect(heard.carol?.filter(one => one.startsWith('secret'))).toEqual([])
    expect([...asked].every(name => bob.peers().some(peer => peer.name === name))).toBe(true)
    isOpen = true
    await ready(alice, 'secret', 'now', () => heard.carol?.some(one => one.startsWith('secret now')) ?? false)
  })

  test('a peer that lies in a topic is set aside, and is not heard until it is forgiven', async () => {
    await using stage = new Stage(await make())
    const { alice, bob } = await stage.pair({ answer: echo })
    const heard: string[] = []
    let liar = ''
    bob.subscribe('news', message => {
      heard.push(said(message))
      liar = message.from.name
      return said(message).startsWith('lie') ? 'reject' : 'accept'
    })
    await ready(alice, 'news', 'true', () => heard.length > 0)
    await alice.publish('news', bytes('lie'))
    await until(() => heard.includes('lie'))
    await until(() => bob.setAside().length === 1)
    expect(bob.setAside()[0]?.[0]).toBe(liar)
    await alice.publish('news', bytes('unheard'))
    // Nothing tells of a message that is not heard.
    await new Promise(resolve => setTimeout(resolve, 200))
    bob.forgive(liar)
    await ready(alice, 'news', 'heard', () => heard.some(one => one.startsWith('heard')))
    expect(heard).not.toContain('unheard')
  })
}

/** Three who take part in one topic, and hear each other. */
async function three(stage: Stage) {
  const { alice, bob } = await stage.pair({ answer: echo })
  const carol = await stage.network('carol')
  await carol.connect(stage.harness.bob)
  const all = { alice, bob, carol }
  const heard: Record<keyof typeof all, string[]> = { alice: [], bob: [], carol: [] }
  for (const [name, list] of Object.entries(heard)) {
    all[name as keyof typeof all].subscribe('news', message => {
      list.push(said(message))
      return 'accept'
    })
  }
  for (const [name, one] of Object.entries(all)) {
    const others = Object.keys(all).filter(other => other !== name) as (keyof typeof all)[]
    await ready(one, 'news', `${name} knocks`, () =>
      others.every(other => heard[other].some(words => words.startsWith(`${name} knocks`))),
    )
  }
  // What was knocked is not part of the story.
  await new Promise(resolve => setTimeout(resolve, 20))
  for (const list of Object.values(heard)) list.length = 0
  return { ...all, heard }
}

/** Knocks, each time in other words, until it was heard: a subscription takes a while to be known to others. */
async function ready(network: Network, topic: string, knock: string, isHeard: () => boolean): Promise<void> {
  for (let n = 0; !isHeard(); n++) {
    await network.publish(topic, bytes(`${knock} ${n}`))
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
