import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { exampleFolder, type Running } from '../example.test-fixture.ts'
import { openServers, steps, type Step } from './servers.ts'

const at = exampleFolder('newsletter', 'http://127.0.0.1:8380')
afterAll(at.remove)
const timeout = 240_000
const built = join(at.folder, 'letter.wasm')

beforeAll(async () => {
  const { code, err } = await at.node('builder').ipvm('build', 'examples/newsletter/letter.ts', '-o', built)
  expect({ code, err }).toMatchObject({ code: 0 })
}, timeout)

const closing: (() => unknown)[] = []
afterEach(() => Promise.all(closing.splice(0).map(close => close())))

/** A node, and an outside that tells of its steps. */
async function opened(name: string, onStep: (step: Step) => void, hasSent = true) {
  const servers = await openServers({ web: 0, names: 0, mail: 0 }, onStep)
  closing.push(servers.close)
  const { web, names, mail } = servers.ports
  const node = at.node(name, `http://127.0.0.1:${web}`)
  const path = join(node.home, 'config.json')
  const text = readFileSync(path, 'utf8')
    .replaceAll('news.example:8380', `news.example:${web}`)
    .replaceAll('127.0.0.1:5380', `127.0.0.1:${names}`)
    .replaceAll('127.0.0.1:2580', `127.0.0.1:${mail}`)
  const config = JSON.parse(text)
  if (!hasSent) delete config.effects['/msg/send'].sent
  writeFileSync(path, JSON.stringify(config))
  // A machine that is busy needs longer to say when than the soonest time.
  const edition = async (at = ['2s', '8s', '30s']): Promise<void> => {
    const [soonest, ...later] = at
    if (soonest === undefined) throw new Error('no edition could be scheduled')
    const args = ['ann@example.com', built, '--at', soonest]
    const { code } = await node.ipvm('schedule', 'examples/newsletter/newsletter.ts', ...args)
    if (code !== 0) await edition(later)
  }
  return { ...node, mails: servers.mails, edition }
}

/** Whether a node that is up has said something; or it was killed before. */
async function said(running: Running, what: RegExp): Promise<boolean> {
  let isOver = false
  void running.done.then(() => {
    isOver = true
  })
  await expect.poll(() => isOver || what.test(running.said()), { interval: 20 }).toBe(true)
  return !isOver
}

const ended = /"type": ?"ended"/

/** Keeps a node up, again after each kill, until its run has ended; how often it had to begin. */
async function upUntilEnded(up: () => Running): Promise<number> {
  for (let times = 1; ; times++) {
    const running = up()
    if (!(await said(running, ended))) continue
    running.child.kill('SIGTERM')
    await running.done
    return times
  }
}

test('killed at every step, an edition is one mail; two editions are two', { timeout }, async () => {
  // What the server took is not sent again: the last step has an edition of its own.
  const last = 'that was answered'
  let left = new Set<Step>(steps.filter(step => step !== last))
  let running: Running | undefined
  const { start, ipvm, mails, edition } = await opened('killed', step => {
    if (running?.child.killed === false && left.delete(step)) running.child.kill('SIGKILL')
  })
  const up = () => {
    running = start('up', '--json')
    return running
  }
  await edition()
  expect(await upUntilEnded(up)).toBe(steps.length)
  expect([...left]).toEqual([])
  expect(mails.length).toBe(1)
  expect(mails[0]).toMatch(/^Subject: The news of today\r$/m)
  expect(mails[0]).toContain('* Workflows survive a kill\r\n  Somebody killed one eight times in a row.\r\n')
  expect((await ipvm('ps')).out).toContain('newsletter  ok')

  left = new Set<Step>([last])
  await edition()
  await upUntilEnded(up)
  expect([...left]).toEqual([])
  expect(mails.length).toBe(2)
  expect(new Set(mails.map(mail => /^Message-ID: (.*)\r$/m.exec(mail)?.[1])).size).toBe(2)
})

test.each(['link', 'subject', 'summary'])('killed while %s is computed, it is one mail', { timeout }, async label => {
  const { start, mails, edition } = await opened(`computing-${label}`, () => {})
  await edition()
  const first = start('up', '--json')
  const begins = new RegExp(`"label": ?"${label}"`)
  await said(first, begins)
  first.child.kill('SIGKILL')
  await first.done
  await upUntilEnded(() => start('up', '--json'))
  expect(mails.length).toBe(1)
})

test.each([
  ['the sender is named', 0],
  ['the mail was taken', 1],
] as const)(
  'of a server that cannot be asked nobody knows, and a person says: killed when %s',
  { timeout },
  async (step, taken) => {
    let running: Running | undefined
    let isKilled = false
    const { start, ipvm, mails, edition } = await opened(
      `unasked-${taken}`,
      now => {
        if (now === step && !isKilled) {
          isKilled = true
          running?.child.kill('SIGKILL')
        }
      },
      false,
    )
    await edition()
    running = start('up', '--json')
    await running.done
    const again = start('up', '--json')
    expect(await said(again, /"type": ?"parked"/)).toBe(true)
    expect(mails.length).toBe(taken)
    expect((await ipvm('ps')).out).toMatch(/mail +may have happened or not/)
    // The mail's id is in the archive of who got it, or it is not.
    const word = taken === 1 ? ['settle', 'last', 'mail', '--ok', '"it is in the archive"'] : ['retry', 'last', 'mail']
    expect(await ipvm(...word)).toMatchObject({ code: 0 })
    expect(await said(again, ended)).toBe(true)
    again.child.kill('SIGTERM')
    await again.done
    expect(mails.length).toBe(1)
  },
)
