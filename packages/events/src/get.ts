import { defineEffect } from '@ipvm/runtime'
import { evaluateSelector, parseSelector } from '@ipvm/ucan'
import * as v from 'valibot'

/**
 * `{select?}` → the event that the run is for, `{id, source, type, time, data}`, or what a selector finds in it, such as
 * `.data.body`. Pure tasks behind a narrow selector are reused when another event has the same there.
 */
export const eventGet = defineEffect({
  cmd: '/event/get',
  class: 'query',
  args: v.strictObject({
    select: v.optional(
      v.pipe(
        v.string(),
        v.rawTransform(({ dataset, addIssue, NEVER }) => {
          const parsed = parseSelector(dataset.value)
          if ('ok' in parsed) return parsed.ok
          addIssue({ message: parsed.error.message })
          return NEVER
        }),
      ),
    ),
  }),
  run: async ({ select }, { event: read }) => {
    if (!read) return final('NoEvent', 'the run is for no event: it was not started by a trigger; see ipvm on --help')
    const event = await read()
    if ('error' in event) return final(event.error.name, event.error.message)
    const { depth: _, ...told } = event.ok
    if (!select) return { ok: told }
    const found = evaluateSelector(select, told)
    return found === undefined ? final('NotInEvent', 'the selector leads nowhere in this event') : { ok: found }
  },
})

function final(name: string, message: string) {
  return { error: { name, message }, verdict: 'final' as const }
}
