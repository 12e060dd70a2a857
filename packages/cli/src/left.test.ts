import { execFileSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { place, root, type Done } from './ipvm.test-fixture.ts'

const at = place()
afterAll(at.remove)
const timeout = 120_000

/** A payment that answers when a file is there, and another one that never gets an answer. */
const effects = `
import { existsSync } from 'node:fs'
import { defineEffect } from '${join(root, 'packages/runtime/src/index.ts')}'

const args = { '~standard': { version: 1, vendor: 'test', validate: value => ({ value }) } }
const pause = () => new Promise(resolve => setTimeout(resolve, 20))

export default [
  defineEffect({
    cmd: '/test/pay', class: 'mutation', args,
    run: async ({ to }) => {
      while (!existsSync(to)) await pause()
      return { ok: 'paid ' + to }
    },
  }),
  defineEffect({ cmd: '/test/lose', class: 'mutation', args, run: async () => { throw new Error('no answer') } }),
]
`
const env = { IPVM_EFFECTS: at.file('effects.mjs', effects) }

let people = 0
/** Each story has a node of its own. */
let who = ''
beforeEach(() => {
  who = `person${people++}`
  for (const name of ['Bob', 'Carol']) rmSync(join(at.folder, name), { force: true })
})

const ipvm = (...args: string[]): Promise<Done> => at.ipvm(who, args, env)
const start = (...args: string[]) => at.start(who, args, env)
const pay = (to: string) => ({ cmd: '/test/pay', args: { to } })

function flow(name: string, tasks: unknown): string {
  return at.file(`${name.replace(/\W/g, '')}.json`, JSON.stringify({ 'ipvm/workflow@1': { name, tasks } }))
}

test('a run that was left is not said to run because another one does', { timeout }, async () => {
  const left = start('run', flow('left', { pay: pay('Bob') }))
  await left.said(/pay running/)
  left.kill('SIGKILL')
  await left.done
  const other = start('run', flow('other', { pay: pay('Carol') }))
  await other.said(/pay running/)
  const states = (await ipvm('ps')).out
  expect(states).toMatch(/left {2}cut off; go on with: ipvm resume bafyrei/)
  expect(states).toMatch(/other {2}running \(process \d+\)/)
  // Nor is it begun anew by mistake.
  expect(await ipvm('run', join(at.folder, 'left.json'))).toMatchObject({
    code: 2,
    err: expect.stringContaining('was cut off'),
  })
  at.file('Carol', '')
  expect((await other.done).code).toBe(0)
})

test('one that waits for you is not said to have been cut off', { timeout }, async () => {
  const path = flow('lost', { pay: { cmd: '/test/lose', args: {} } })
  expect((await ipvm('run', path)).code).toBe(1)
  expect(await ipvm('run', path)).toMatchObject({
    code: 2,
    err: expect.stringContaining('a run of this workflow waits for you with 0'),
  })
})

test('who cancels is told what may have happened, and what another run would do once more', { timeout }, async () => {
  const path = flow('two', {
    pay: pay('Bob'),
    next: { ...pay('Carol'), args: { to: 'Carol', after: { 'await/ok': 'pay' } } },
  })
  const running = start('run', path)
  await running.said(/pay running/)
  running.kill('SIGINT')
  await running.said(/is being cancelled; a mutation under way is waited for, and Ctrl-C again/)
  at.file('Bob', '')
  const cancelled = await running.done
  expect(cancelled.code).toBe(130)
  expect(cancelled.err).toMatch(
    /another run would do pay once more, which this does not: ipvm fork bafyrei\w+ --from=next/,
  )
  const [, run = ''] = /ipvm fork (bafyrei\w+)/.exec(cancelled.err) ?? []
  at.file('Carol', '')
  expect(await ipvm('fork', run, '--from=next')).toMatchObject({ code: 0, out: 'next: paid Carol\n' })

  rmSync(join(at.folder, 'Bob'))
  const killed = start('run', path)
  await killed.said(/pay running/)
  killed.kill('SIGINT')
  await killed.said(/is being cancelled/)
  killed.kill('SIGINT')
  expect((await killed.done).code).toBe(130)
  const done = await ipvm('resume')
  expect(done.err).toContain('cancelled; 0 tasks were settled')
  expect(done.err).toContain('ipvm: pay may have happened or not; look before you do it again')
  const shown = (await ipvm('show', 'last')).out
  expect(shown).toMatch(/^ {2}pay +may have happened or not; nothing is known here$/m)
  expect(shown).toMatch(/^ {2}next +nothing is known here$/m)
})

test('of several runs that are resumed at once, all is told', { timeout }, async () => {
  for (const name of ['Bob', 'Carol']) {
    const running = start('run', flow(`for ${name}`, { pay: pay(name), gone: { cmd: '/test/lose', args: {} } }))
    await running.said(/gone may have happened/)
    running.kill('SIGKILL')
    await running.done
  }
  const told = (await ipvm('resume', '--json')).out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(told.filter(({ type }) => type === 'started')).toHaveLength(2)
})

test('names of strangers steer no terminal, and a command with one in it can be typed', { timeout }, async () => {
  const label = "-it's \u001b[2J\u202e"
  await ipvm('run', flow('na\u001b[31mme\nx', { [label]: { cmd: '/test/lose', args: {} } }))
  const resumed = await ipvm('resume', 'last')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  expect(resumed.err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
  expect(resumed.err).toMatch(/^na \[31mme x$/m)
  const [, command = ''] = /it did: +ipvm (.*)$/m.exec(resumed.err) ?? []
  const words = execFileSync('bash', ['-c', `printf '%s\\0' ${command}`], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  })
  expect((await ipvm(...words.split('\0').slice(0, -1))).code).toBe(0)
})

test('what was on standby and not needed is no news', { timeout }, async () => {
  at.file('Bob', '')
  const path = flow('undo', { pay: { ...pay('Bob'), meta: { 'ipvm/compensate': 'back' } }, back: pay('Carol') })
  const done = await ipvm('run', path)
  expect(done).toMatchObject({ code: 0, out: 'pay: paid Bob\n' })
  expect(done.err).not.toContain('ipvm: back')
})

test('an empty name names nothing', { timeout }, async () => {
  expect((await ipvm('init')).code).toBe(0)
  for (const verb of ['show', 'logs', 'resume', 'cancel']) {
    expect(await ipvm(verb, 'last')).toMatchObject({
      code: 2,
      err: expect.stringContaining('nothing has run here yet'),
    })
  }
  expect((await ipvm('show', 'bafyreiabcdefgh')).err).toContain("neither a CID nor the beginning of a run's")
  expect(
    (await ipvm('schedule', flow('idle', { get: { cmd: '/kv/get', args: { key: 'a' } } }), '--at', '1d')).code,
  ).toBe(0)
  for (const word of ['', 'bafyrei']) expect((await ipvm('unschedule', word)).code).toBe(2)
  expect((await ipvm('schedules')).out).toContain('idle')
  expect(existsSync(join(at.folder, who))).toBe(true)
})
