import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { effectsSource } from './effects.test-fixture.ts'
import { place, root, type Done } from './ipvm.test-fixture.ts'

const at = place()
afterAll(at.remove)
const env = { IPVM_EFFECTS: at.file('effects.mjs', effectsSource) }
const timeout = 120_000

let people = 0
/** Each story has a node of its own. */
let who = ''
beforeEach(() => {
  who = `person${people++}`
  for (const name of ['paid.txt', 'kill', 'gone', 'down', 'go']) rmSync(join(at.folder, name), { force: true })
})

const ipvm = (...args: string[]): Promise<Done> => at.ipvm(who, args, env)
const start = (...args: string[]) => at.start(who, args, env)
const paid = () => (existsSync(join(at.folder, 'paid.txt')) ? readFileSync(join(at.folder, 'paid.txt'), 'utf8') : '')
const ok = (label: string) => ({ 'await/ok': label })

function flow(name: string, tasks: unknown, fields = {}): string {
  return at.file(`${name}.json`, JSON.stringify({ 'ipvm/workflow@1': { name, tasks, ...fields } }))
}

const wage = () =>
  flow('wage', {
    hours: { cmd: '/test/ask', args: { what: 'hours' } },
    pay: { cmd: '/test/pay', args: { to: 'Bob', for: ok('hours') } },
    note: { cmd: '/test/ask', args: { what: 'note', of: ok('pay') } },
  })

describe('killed between a payment and its answer', { timeout }, () => {
  async function killed(): Promise<string> {
    const path = wage()
    at.file('kill', '')
    expect((await ipvm('run', path)).code).toBe(null)
    expect(paid()).toBe('Bob\n')
    return path
  }

  test('nobody pays again but by a word of yours: it did happen', async () => {
    const path = await killed()
    const before = (await ipvm('ps')).out
    expect(before).toMatch(/wage {2}cut off; go on with: ipvm resume bafyrei\w+/)
    expect(before).toMatch(/^ {2}pay +asked for \d+ s ago \(attempt 1\); its answer is not written down yet$/m)
    expect(before).toMatch(/^ {2}note +waits for pay$/m)

    const again = await ipvm('run', path)
    expect(again.code).toBe(2)
    expect(again.err).toMatch(
      /was cut off with 1 of 3 tasks settled.*ipvm resume bafyrei\w+;.*ipvm run \S+wage\.json --new/,
    )

    const resumed = await ipvm('resume', 'last')
    expect(resumed.code).toBe(1)
    expect(resumed.err).toMatch(/ipvm: pay may have happened or not: .*cut off/)
    const [, settle = ''] = /it did: +ipvm (.*)$/m.exec(resumed.err) ?? []
    expect((await ipvm('ps')).out).toContain('waits for you')

    const [verb = '', run = '', label = ''] = settle.split(' ')
    const done = await ipvm(verb, run, label, '--ok', '"seen at the bank"')
    expect(done).toMatchObject({ code: 0, out: 'note: the note\n' })
    expect(paid()).toBe('Bob\n')
    expect((await ipvm('ps')).out).toContain('wage  ok  3/3 settled')
    const shown = (await ipvm('show', 'last')).out
    expect(shown).toMatch(/pay is asked for, attempt 1$/m)
    expect(shown).toMatch(/pay may have happened or not/)
    expect(shown).toMatch(/ended: ok$/m)
  })

  test('a timeline draws what nobody knows, as text and as a picture', async () => {
    await killed()
    await ipvm('resume')
    const drawn = await ipvm('show', 'last', '--timeline')
    expect(drawn).toMatchObject({ code: 0, out: expect.stringMatching(/^wage {2}parked/) })
    expect(drawn.out).toMatch(/^Queries\n {2}hours .*\nMutations\n {2}pay .*\?.* unknown: CutOff/m)
    expect(drawn.out).toContain('Not begun: note')
    const picture = await ipvm('show', 'last', '--timeline', 'wage.svg')
    expect(picture).toMatchObject({ code: 0, out: '', err: expect.stringContaining('wage.svg') })
    expect(readFileSync(join(at.folder, 'wage.svg'), 'utf8')).toMatch(/^<svg .*<title[^>]*>wage: parked<\/title>/)
    expect(JSON.parse((await ipvm('show', 'last', '--timeline', '--json')).out)).toMatchObject({ condition: 'parked' })
    expect((await ipvm('show', 'last', '--timeline', 'wage.png')).err).toContain('name a file that ends in .svg')
    expect((await ipvm('show', 'last', 'wage.svg')).err).toContain('one word too many')
  })

  test('it did not: it is done again, once', async () => {
    await killed()
    at.file('paid.txt', '')
    expect((await ipvm('resume')).code).toBe(1)
    expect(await ipvm('retry', 'last', 'pay')).toMatchObject({ code: 0, out: 'note: the note\n' })
    expect(paid()).toBe('Bob\n')
  })

  test('it counts as failed, and what awaits it is skipped', async () => {
    await killed()
    expect((await ipvm('resume')).code).toBe(1)
    const done = await ipvm('settle', 'last', 'pay', '--error', 'the bank knows nothing of it')
    expect(done.code).toBe(1)
    expect(done.err).toContain('pay failed: the bank knows nothing of it')
    expect(JSON.parse((await ipvm('ps', '--json')).out)).toMatchObject({ end: 'failed', counts: { skipped: 1 } })
  })
})

describe('while another process runs it', { timeout }, () => {
  const patient = () =>
    flow('patient', {
      wait: { cmd: '/test/wait', args: { file: 'go' } },
      after: { cmd: '/test/ask', args: { what: 'end', of: ok('wait') } },
    })

  test('a run is looked at, suspended, and gone on with from there', async () => {
    const running = start('run', patient())
    await running.said(/wait running/)
    const [state] = (await ipvm('ps', '--json')).out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(state).toMatchObject({
      state: 'running',
      executor: expect.stringMatching(/^\d+$/),
      open: [
        { label: 'wait', state: 'ready' },
        { label: 'after', state: 'awaiting', labels: ['wait'] },
      ],
    })
    expect((await ipvm('ps')).out).toContain(`running (process ${state.executor})`)

    const suspended = await ipvm('suspend', 'last')
    expect(suspended).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Suspended baf\w+; go on with: ipvm resume/),
    })
    const left = await running.done
    expect(left).toMatchObject({ code: 130, err: expect.stringContaining('suspended; 0 tasks were settled') })
    expect((await ipvm('ps')).out).toContain('suspended; go on with: ipvm resume')

    at.file('go', '')
    expect(await ipvm('resume', state.run.slice(0, 20))).toMatchObject({ code: 0, out: 'after: the end\n' })
    expect((await ipvm('resume')).out).toContain('all runs have ended')
    expect((await ipvm('suspend', 'last')).err).toContain('has ended: ok; there is nothing to suspend')
  })

  test('a second run is handed over, and ends with it; a third is cancelled', async () => {
    const running = start('run', patient())
    await running.said(/wait running/)
    const other = start('run', flow('other', { ask: { cmd: '/test/ask', args: { what: 'time' } } }))
    const done = await other.done
    expect(done).toMatchObject({ code: 0, out: 'the time\n' })
    expect(done.err).toMatch(/process \d+ runs this node's workflows, and this one, too/)
    const third = start('run', flow('third', { wait: { cmd: '/test/wait', args: { file: 'never' } } }))
    await third.said(/runs this node's workflows/)
    const cancelled = await ipvm('cancel', 'last')
    expect(cancelled.out).toMatch(/^Cancelled baf\w+; 0 settled tasks are kept/)
    expect((await third.done).code).toBe(130)
    at.file('go', '')
    expect((await running.done).code).toBe(0)
  })

  test('a run that was cut off is cancelled by whoever asks', async () => {
    const running = start('run', patient())
    await running.said(/wait running/)
    running.kill('SIGKILL')
    await running.done
    expect((await ipvm('cancel', 'last')).out).toMatch(/^Cancelled/)
    expect((await ipvm('ps', '--open')).out).toBe('Nothing is under way\n')
  })
})

test('a failed task is tried again, and what was taken back because of it goes', { timeout }, async () => {
  at.file('gone', '')
  const failed = await ipvm('run', wage())
  expect(failed.code).toBe(1)
  expect(failed.err).toContain('pay withdrawn')
  expect(failed.err).toMatch(/try it again +ipvm retry bafyrei\w+ hours/)
  expect(paid()).toBe('')
  rmSync(join(at.folder, 'gone'))
  expect(await ipvm('retry', 'last', 'hours')).toMatchObject({ code: 0, out: 'note: the note\n' })
  expect(paid()).toBe('Bob\n')
  const nothing = await ipvm('retry', 'last', 'hours')
  expect(nothing).toMatchObject({ code: 2, err: expect.stringContaining('hours ran, and succeeded; only what failed') })
})

test('what is tried again says when and why, and for how long another workflow is waited for', {
  timeout,
}, async () => {
  at.file('down', '')
  const target = { '/': 'bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy' }
  const path = flow(
    'down',
    {
      ask: { cmd: '/test/ask', args: { what: 'time' } },
      late: { cmd: '/test/ask', args: { what: 'more', of: { 'await/ok': target } } },
    },
    { config: { retry: { max: 3, backoff: [1, 'minutes'], factor: 2 } } },
  )
  const running = start('run', path)
  await running.said(/ask is tried again (now|in \d+ s); attempt 1 failed: Down: the other side is down/)
  await running.said(/late waits/)
  const ps = (await ipvm('ps')).out
  expect(ps).toMatch(/^ {2}ask +tried again (now|in \d+ s) \(attempt 1 failed: the other side is down\)$/m)
  expect(ps).toMatch(/^ {2}late +waits \d+ s more for the task bafyreigh2a\w+ of another workflow, then fails$/m)
  running.kill('SIGINT')
  expect((await running.done).code).toBe(130)
})

test('a run is forked from one of its tasks on, also by a changed workflow', { timeout }, async () => {
  expect((await ipvm('run', wage())).code).toBe(0)
  const same = await ipvm('fork', 'last', '--from', 'note')
  expect(same).toMatchObject({ code: 0, out: 'note: the note\n' })
  expect(paid()).toBe('Bob\n')
  const changed = flow('wage', {
    hours: { cmd: '/test/ask', args: { what: 'hours' } },
    pay: { cmd: '/test/pay', args: { to: 'Carol', for: ok('hours') } },
  })
  expect((await ipvm('fork', 'last', '--from', 'pay', changed)).code).toBe(0)
  expect(paid()).toBe('Bob\nCarol\n')
  expect((await ipvm('fork', 'last', '--from', 'nowhere')).err).toContain('has no task "nowhere"')
})

test('what is asked of nothing, or not so, is told', { timeout }, async () => {
  expect((await ipvm('run', wage())).code).toBe(0)
  const cases: [string[], RegExp][] = [
    [['suspend'], /needs a run/],
    [['resume', 'bafyreiabcdefgh'], /there is no run bafyreiabcdefgh here/],
    [['show', 'bafyrei'], /neither a CID nor the beginning of a run's/],
    [['retry', 'last'], /needs a run and the label/],
    [['retry', 'last', 'nope'], /has no task "nope"; it has hours, pay, note/],
    [['settle', 'last', 'pay'], /needs --ok JSON/],
    [['settle', 'last', 'pay', '--ok', '{'], /not DAG-JSON/],
    [['settle', 'last', 'pay', '--ok', '1'], /has ended/],
    [['fork', 'last'], /needs --from LABEL/],
    [['logs', 'last', 'nope'], /no task "nope" was settled/],
    [['plan'], /needs a file/],
    [['schedule', 'wage.json'], /needs --cron/],
    [['schedule', 'wage.json', '--cron', '99 * * * *'], /cron/],
    [['schedule', 'wage.json', '--at', '2020-01-01'], /its time is over/],
    [['unschedule', 'baf'], /there is no schedule "baf"/],
    [['up', '--metrics', 'http'], /is no port/],
  ]
  for (const [args, message] of cases) {
    const done = await ipvm(...args)
    expect([args.join(' '), done.code]).toEqual([args.join(' '), 2])
    expect(done.err).toMatch(message)
    expect(done.err).not.toMatch(/^\s+at /m)
  }
})

test('a plan tells what happens once, and runs nothing', { timeout }, async () => {
  const planned = await ipvm('plan', wage())
  expect(planned.out).toMatch(/^ {2}hours +\/test\/ask .*tried up to 5 times$/m)
  expect(planned.out).toMatch(/^ {2}pay +\/test\/pay .*after hours; once, never again by itself$/m)
  expect(planned.out).toContain('3 tasks: 0 known, 3 to run, 1 of them a mutation')
  expect(paid()).toBe('')
  expect(JSON.parse((await ipvm('plan', wage(), '--json')).out)).toMatchObject({
    mutations: [{ label: 'pay', again: 'never' }],
  })
  expect((await ipvm('plan', flow('bad', { a: { cmd: '/no/such', args: {} } }))).err).toContain(
    '/no/such is not a command',
  )
})

test('the logs of a run are told task by task, while it runs, too', { timeout }, async () => {
  const mod = { '/': /baf\w+/.exec((await ipvm('put', join(root, 'packages/wasm/fixtures/core/host.wasm'))).out)?.[0] }
  const say = (text: string) => ({ cmd: '/wasm/run', args: { mod, fun: 'say', params: [text] } })
  const path = flow('talk', {
    one: say('hello'),
    two: say('good bye'),
    wait: { cmd: '/test/wait', args: { file: 'go' } },
    last: { cmd: '/wasm/run', args: { mod, fun: 'say', params: [ok('wait')] } },
  })
  const running = start('run', path)
  await running.said(/two ran/)
  const following = start('logs', 'last', '--follow')
  await following.said(/one: .*hello/)
  at.file('go', '')
  expect((await running.done).code).toBe(0)
  const followed = await following.done
  expect(followed.code).toBe(0)
  expect(followed.out).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}last: .*waited for go$/m)
  expect((await ipvm('logs', 'last', 'one')).out).toMatch(/^\S+ {2}\S*.*hello\n$/)
  const lines = (await ipvm('logs', 'last', '--json')).out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(lines).toContainEqual({
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    label: 'two',
    task: { '/': expect.any(String) },
    how: 'ran',
    receipt: { '/': expect.any(String) },
    line: expect.stringContaining('good bye'),
  })
})

test('what comes of a secret is nowhere to be read', { timeout }, async () => {
  const secret = { meta: { 'ipvm/config': { secret: true } } }
  const path = flow(
    'vault',
    {
      fetch: { cmd: '/test/ask', args: { what: 'hunter2' }, ...secret },
      missing: { cmd: '/test/wait', args: { file: 'hunter2', fails: 'hunter2 is wrong' }, ...secret },
    },
    { config: { retry: { max: 2, backoff: [10, 'milliseconds'], factor: 1 } } },
  )
  const told: string[] = []
  for (const args of [
    ['plan', path],
    ['run', path],
    ['run', path, '--json'],
    ['ps'],
    ['ps', '--json'],
    ['show', 'last'],
    ['show', 'last', '--json'],
    ['logs', 'last'],
    ['logs', 'last', '--json'],
  ]) {
    const { out, err } = await ipvm(...args)
    told.push(out + err)
  }
  expect(told.filter(text => text.includes('hunter2'))).toEqual([])
  expect(told[1]).toMatch(/missing is tried again .* what it says comes of a secret/)
  expect(told[1]).toMatch(/^fetch: a secret; ipvm show baf/m)
  const [, receipt = ''] = /^fetch: a secret; ipvm show (baf\w+)/m.exec(told[1] ?? '') ?? []
  // Its owner may look at it.
  expect((await ipvm('show', receipt)).out).toContain('ok: a secret, sealed')
  expect((await ipvm('show', receipt, '--reveal')).out).toContain('the hunter2')
  expect((await ipvm('get', receipt, '--reveal')).out).toBe('the hunter2')
})
