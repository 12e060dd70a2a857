import * as v from 'valibot'
import { builtIn } from './maker.ts'

/** `{}` → `{milliseconds, text}` */
export const timeNow = builtIn({
  cmd: '/time/now',
  class: 'query',
  about: {
    summary: 'Tells the time of day, as the clock of this machine has it.',
    result: '`{milliseconds, text}`: since 1970, and as `2026-01-31T12:00:00.000Z`',
    example: { args: {}, policy: [] },
  },
  args: v.strictObject({}),
  settings: v.strictObject({}),
  isOn: true,
  make: (_settings, { world }) => ({
    run: async () => {
      const milliseconds = world.date()
      return { ok: { milliseconds, text: new Date(milliseconds).toISOString() } }
    },
  }),
})
