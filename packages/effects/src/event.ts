import { evaluateSelector, parseSelector, type Selector } from '@ipvm/ucan'
import * as v from 'valibot'
import { builtIn } from './maker.ts'

const selector = v.pipe(
  v.string(),
  v.check(text => 'ok' in parseSelector(text), 'expected a selector, such as ".data.body"'),
  v.description('a part of it alone, such as `.data.body`'),
)

/**
 * `{select?}` → the event that the run is for, `{id, source, type, time, data}`, or what a selector finds in it. Pure tasks
 * behind a narrow selector are reused when another event has the same there.
 */
export const eventGet = builtIn({
  cmd: '/event/get',
  class: 'query',
  about: {
    summary: 'Tells what happened that the run is for: the request, the webhook, the file, the change.',
    result: '`{id, source, type, time, data}`, or the part that is selected',
    example: { args: { select: '.data.body' }, policy: [['==', '.select', '.data.body']], refused: {} },
  },
  args: v.strictObject({ select: v.optional(selector) }),
  settings: v.strictObject({}),
  isOn: true,
  make: () => ({
    run: async ({ select }, { event: read }) => {
      if (!read) return final('NoEvent', 'the run is for no event: no trigger started it; see ipvm on --help')
      const event = await read()
      if ('error' in event) return final(event.error.name, event.error.message)
      const { depth: _, ...told } = event.ok
      const found = select === undefined ? told : evaluateSelector(parsed(select), told)
      return found === undefined ? final('NotInEvent', `${select} leads nowhere in this event`) : { ok: found }
    },
  }),
})

/** Selectors that were read last; documents have few. */
const known = new Map<string, Selector>()
const knownMax = 256

function parsed(text: string): Selector {
  const found = known.get(text)
  if (found) return found
  const read = parseSelector(text)
  if ('error' in read) throw new TypeError('the arguments were checked')
  if (known.size >= knownMax) known.clear()
  known.set(text, read.ok)
  return read.ok
}

function final(name: string, message: string) {
  return { error: { name, message }, verdict: 'final' as const }
}
