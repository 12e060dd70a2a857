import { describe, expect, test } from 'vitest'
import { timelineSvg, timelineText, type Bar, type Timeline } from './index.ts'
import { drawn, placed, says, start, type Told } from './timeline.test-fixture.ts'

const hour = 3_600_000

function bar({ bars }: Timeline, label: string): Bar {
  const found = bars.find(({ labels }) => labels.includes(label))
  if (!found) throw new Error(`${label} is not drawn`)
  return found
}

/** A bar's pieces, with milliseconds after the beginning. */
function pieces(timeline: Timeline, label: string) {
  return bar(timeline, label).pieces.map(({ kind, from, to, ended }) => [kind, from - start, to - start, ended])
}

const mixed = [
  placed('fetch', 'query'),
  placed('price', 'query'),
  placed('draw', 'pure', [0]),
  placed('send', 'mutation', [2]),
]
const began: Told = [0, says.resumed()]

describe('the journal has no entry for when a task begins', () => {
  test('what was done at once began as long ago as it took', () => {
    const timeline = drawn(mixed, [began, [90, says.settled('fetch', 60)], [100, says.settled('draw', 8)]])
    expect(pieces(timeline, 'fetch')).toEqual([['attempt', 30, 90, 'ok']])
    expect(pieces(timeline, 'draw')).toEqual([['attempt', 92, 100, 'ok']])
  })

  test('attempts began when the pause before them was over, and the first as long ago as all took together', () => {
    const told: Told[] = [began, [50, says.retrying('fetch', 1, 150)], [180, says.retrying('fetch', 2, 380)]]
    const timeline = drawn(mixed, [...told, [400, says.settled('fetch', 390)]])
    expect(pieces(timeline, 'fetch')).toEqual([
      ['attempt', 10, 50, 'failed'],
      ['pause', 50, 150, 'ok'],
      ['attempt', 150, 180, 'failed'],
      ['pause', 180, 380, 'ok'],
      ['attempt', 380, 400, 'ok'],
    ])
    expect(bar(timeline, 'fetch').attempts).toBe(3)
  })

  test('no attempt goes on while nobody runs it: what was due meanwhile began when it was taken up', () => {
    const told: Told[] = [began, [50, says.retrying('fetch', 1, 150)], [5 * hour, says.resumed('8')]]
    const timeline = drawn(mixed, [...told, [5 * hour + 20, says.settled('fetch', 20)]], { executor: '8' })
    expect(pieces(timeline, 'fetch').slice(1)).toEqual([
      ['pause', 50, 5 * hour, 'ok'],
      ['attempt', 5 * hour, 5 * hour + 20, 'ok'],
    ])
  })

  test('what is under way now goes on to now, since all that it awaits was settled', () => {
    const timeline = drawn(mixed, [began, [40, says.settled('fetch', 40)]], { now: start + 100 })
    expect(pieces(timeline, 'price')).toEqual([['attempt', 0, 100, 'open']])
    expect(pieces(timeline, 'draw')).toEqual([['attempt', 40, 100, 'open']])
    expect(timeline.waiting).toEqual(['send'])
    const cutOff = drawn(mixed, [began, [40, says.settled('fetch', 40)]], { now: start + 100, executor: undefined })
    expect(cutOff.to).toBe(start + 40)
    expect(pieces(cutOff, 'price')).toEqual([])
  })
})

describe('a mutation', () => {
  const before: Told[] = [
    began,
    [40, says.settled('fetch', 40)],
    [50, says.settled('draw', 10)],
    [90, says.settled('price', 90)],
  ]
  const asked: Told[] = [...before, [91, says.only('released')], [92, says.intent('send')]]

  test('is held until it is released, and is withdrawn where something failed', () => {
    const sent = drawn(mixed, [...asked, [130, says.settled('send', 39)], [131, says.ended()]])
    expect(pieces(sent, 'send')).toEqual([
      ['held', 50, 91, 'ok'],
      ['attempt', 92, 130, 'ok'],
    ])
    expect(sent.moments.map(({ kind, at }) => [kind, at - start])).toEqual([
      ['accepted', 0],
      ['released', 91],
      ['ended', 131],
    ])
    const failed: Told[] = [...before.slice(0, 3), [90, says.settled('price', 90, 'failed')]]
    const withdrawn = drawn(mixed, [...failed, [91, says.settled('send', 0, 'withdrawn')], [92, says.ended('failed')]])
    expect(bar(withdrawn, 'send').state).toBe('withdrawn')
    expect(pieces(withdrawn, 'send')).toEqual([['held', 50, 91, 'ok']])
  })

  test('that was cut off is so up to the last that is known of its process, and in doubt until a person says more', () => {
    const doubted: Told[] = [...asked, [hour, says.resumed('8')], [hour + 5, says.unknown('send')]]
    const parked = drawn(mixed, [...doubted, [hour + 6, says.only('parked')]], { executor: '8', now: start + 2 * hour })
    expect(bar(parked, 'send')).toMatchObject({ state: 'unknown', failure: 'Unreachable' })
    expect(pieces(parked, 'send').slice(1)).toEqual([
      ['attempt', 92, 92, 'cut'],
      ['doubt', hour + 5, 2 * hour, 'open'],
    ])
    const said = drawn(mixed, [...doubted, [3 * hour, says.settled('send', 0)], [3 * hour, says.ended()]])
    expect(said.moments.map(({ text }) => text)).toContain('send was done, it is said')
    expect(pieces(said, 'send').at(-1)).toEqual(['doubt', hour + 5, 3 * hour, 'ok'])
  })

  test('that undoes another one says so', () => {
    const tasks = [
      placed('book', 'mutation', [], { compensate: 1 }),
      placed('cancel', 'mutation', [], { standby: true }),
    ]
    const told: Told[] = [began, [1, says.only('released')], [9, says.settled('book', 5)]]
    expect(drawn(tasks, told).waiting).toEqual(['cancel'])
    const undone = drawn(tasks, [...told, [20, says.settled('cancel', 6)]])
    expect(bar(undone, 'cancel').undoes).toBe('book')
    expect(timelineText(undone)).toMatch(/cancel .*undoes book/)
  })
})

test('labels of one task share its bar, and what awaits it is linked to it once', () => {
  const tasks = [
    placed('one', 'query'),
    placed('two', 'query', [], { name: placed('one').name }),
    placed('sum', 'pure', [0, 1]),
  ]
  const told: Told[] = [began, [5, says.settled('one', 4)], [5, says.settled('two', 4)], [9, says.settled('sum', 3)]]
  const timeline = drawn(tasks, told)
  expect(timeline.bars.map(({ labels }) => labels)).toEqual([['one', 'two'], ['sum']])
  expect(timeline.bars[1]?.awaits).toEqual([0])
})

/** Each way in which a task can stand, in one run. */
const everyState = drawn(
  [
    placed('ran', 'query'),
    placed('reused'),
    placed('failed', 'query'),
    placed('caught', 'query'),
    placed('skipped', 'query'),
    placed('withdrawn', 'mutation'),
    placed('unknown', 'mutation'),
    placed('open', 'query'),
  ],
  [
    began,
    [50, says.settled('ran', 50)],
    [50, says.settled('reused', 50, 'reused')],
    [50, says.settled('failed', 50, 'failed')],
    [50, says.settled('caught', 50, 'caught')],
    [50, says.settled('skipped', 0, 'skipped')],
    [50, says.settled('withdrawn', 0, 'withdrawn')],
    [51, says.only('released')],
    [51, says.intent('unknown')],
    [100, says.unknown('unknown')],
  ],
  { now: start + 120 },
)

test('each way in which a task can stand is told apart without colours', () => {
  const rows = timelineText(everyState, { columns: 100 }).split('\n')
  const looks = everyState.bars.map(({ label }) =>
    rows
      .find(row => row.startsWith(`  ${label} `))
      ?.slice(13)
      .replace(label, ''),
  )
  expect(new Set(looks).size).toBe(8)
  const svg = timelineSvg(everyState)
  const shapes = everyState.bars.map(({ label }) => {
    const [, shape = ''] = new RegExp(`aria-label="${label} [^>]*><title>[^<]*</title>(.*?)<text`).exec(svg) ?? []
    return shape.replaceAll(/ (x|y|cx|cy|d|width)="[^"]*"/g, '')
  })
  expect(new Set(shapes).size).toBe(8)
  expect(svg).toContain('Mutations: 1 withdrawn, 1 unknown.')
})

test('what nobody did anything in for long is folded, and what was done beside it is seen', () => {
  const told: Told[] = [began, [400, says.retrying('fetch', 1, 900)], [24 * hour, says.resumed('8')]]
  const timeline = drawn(mixed, [...told, [24 * hour + 600, says.settled('fetch', 600)]], { executor: '8' })
  const row = timelineText(timeline)
    .split('\n')
    .find(line => line.startsWith('  fetch'))
  expect(row?.match(/█/g)?.length).toBeGreaterThan(10)
  expect(timelineText(timeline)).toContain('nothing was done')
  expect(timelineSvg(timeline)).toMatch(/class="fold"/)
})

describe('ten thousand tasks', () => {
  const tasks = [placed('list', 'query'), ...Array.from({ length: 9_999 }, (_, i) => placed(`map ${i}`, 'pure', [0]))]
  const told: Told[] = Array.from({ length: 9_999 }, (_, i) => [30 + i / 10, says.settled(`map ${i}`, 1 + (i % 7))])
  const failed: Told = [20, says.settled('list', 20)]
  const timeline = drawn(tasks, [began, failed, ...told.with(4321, [500, says.settled('map 4321', 3, 'failed')])])

  test('are a curve, beside which what went wrong is drawn by itself', () => {
    const text = timelineText(timeline)
    expect(text.split('\n').length).toBeLessThan(40)
    expect(text).toMatch(/map 4321 .*failed/)
    expect(text).toContain('9987 more: 9987 ran')
    const svg = timelineSvg(timeline)
    expect(svg.length).toBeLessThan(60_000)
    expect(svg).toContain('9987 more')
    expect(svg).not.toContain('class="link"')
  })
})

test('what is said from outside stays text', () => {
  const label = '</title><script>alert("1")</script>&\u0000\u001b[2J\u202e]]>'
  const timeline = drawn([placed(label, 'query')], [began, [5, says.retrying(label, 1, 9)]], {
    now: start + 7,
    origin: '<b onload="x">\u0007',
  })
  const svg = timelineSvg(timeline)
  expect(svg).not.toMatch(/<script|<b |[\p{Cc}\u202e]/u)
  expect(isBalanced(svg)).toBe(true)
  expect(timelineText(timeline).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u)
})

/** Whether each element that begins also ends, in order. */
function isBalanced(svg: string): boolean {
  const open: string[] = []
  for (const [, end, name = '', alone] of svg.matchAll(/<(\/?)([a-z]+)(?:\s[^<>]*?)?(\/?)>/gi)) {
    if (end === '/' && open.pop() !== name) return false
    if (end !== '/' && alone !== '/') open.push(name)
  }
  return open.length === 0
}

test.each([60, 80, 100, 160])('no line is wider than %d columns', columns => {
  const label = '漢字'.repeat(40)
  const timeline = drawn([placed(label, 'query'), ...mixed.slice(1)], [began, [900, says.settled(label, 800)]])
  for (const line of timelineText(timeline, { columns }).split('\n')) {
    expect([...line].reduce((sum, c) => sum + (c > '\u3000' ? 2 : 1), 0)).toBeLessThanOrEqual(columns)
  }
})
