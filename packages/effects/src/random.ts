import * as v from 'valibot'
import { randomBytesMax } from './limits.ts'
import { builtIn } from './maker.ts'

/** `{bytes}` → bytes */
export const randomGet = builtIn({
  cmd: '/random/get',
  class: 'query',
  about: {
    summary: "Draws random bytes from the operating system's generator.",
    result: 'the bytes',
    example: { args: { bytes: 32 }, policy: [['<=', '.bytes', 64]], refused: { bytes: 65 } },
  },
  args: v.strictObject({
    bytes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(randomBytesMax), v.description('how many bytes')),
  }),
  settings: v.strictObject({}),
  isOn: true,
  make: (_settings, { world }) => ({ run: async ({ bytes }) => ({ ok: world.random(bytes) }) }),
})
