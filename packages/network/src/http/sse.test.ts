import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventLengthMax } from '../limits.ts'
import { EventParser, heartbeat, writeEvent, type SseEvent } from './sse.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

test('events read back, in whatever pieces they come', () => {
  const word = fc.stringMatching(/^[a-z]{1,9}$/)
  const event = fc.record({
    event: word,
    data: fc.string({ unit: 'grapheme' }).map(text => text.replace(/\r/g, '')),
    id: word,
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 5 }), fc.integer({ min: 1, max: 50 }), (events, size) => {
      const whole = bytes(events.map(one => heartbeat + writeEvent(one)).join(''))
      const parser = new EventParser()
      const read: SseEvent[] = []
      for (let at = 0; at < whole.length; at += size) {
        const next = parser.push(whole.subarray(at, at + size))
        if ('ok' in next) read.push(...next.ok)
      }
      expect(read).toEqual(events)
    }),
  )
})

test('line ends of every kind, comments and unknown fields are taken as the standard says', () => {
  const parser = new EventParser()
  const text =
    ': hi\r\nid: 7\r\nretry: 10\r\nfoo: x\r\ndata:a\r\ndata:  b\r\ndata\r\n\r\nid: 8\n\nevent: e\ndata: c\n\n'
  expect(parser.push(bytes(text))).toEqual({
    ok: [
      { event: 'message', data: 'a\n b\n', id: '7' },
      { event: 'e', data: 'c', id: '8' },
    ],
  })
})

test('an event without end is refused before it fills the memory', () => {
  for (const line of ['x'.repeat(100_000), `data: ${'x'.repeat(100_000)}\n`]) {
    const parser = new EventParser()
    let pushed = 0
    for (; pushed < eventLengthMax * 2; pushed += line.length) if ('error' in parser.push(bytes(line))) break
    expect(pushed).toBeLessThan(eventLengthMax + 200_000)
  }
})
