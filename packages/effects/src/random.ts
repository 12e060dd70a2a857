import * as v from 'valibot'
import { drandArguments, drandRound, drandServers } from './drand/drand.ts'
import { randomBytesMax } from './limits.ts'
import { builtIn } from './maker.ts'

const args = v.pipe(
  v.strictObject({
    bytes: v.optional(
      v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(randomBytesMax), v.description('how many bytes')),
    ),
    drand: v.optional(
      v.pipe(
        drandArguments,
        v.description(
          'in place of that: a round of a drand network, `quicknet` (every 3 s) or `default` (every 30 s), whose bytes nobody knew before and everybody gets alike',
        ),
      ),
    ),
  }),
  v.check(({ bytes, drand }) => (bytes === undefined) !== (drand === undefined), 'bytes, drand: give one of them'),
)

const server = v.pipe(v.string(), v.regex(/^https?:\/\/[^/?#]+$/, 'expected such as https://api.drand.sh'))

const settings = v.strictObject({
  drand: v.optional(
    v.pipe(
      v.union([v.boolean(), v.strictObject({ servers: v.pipe(v.array(server), v.minLength(1)) })]),
      v.description(
        `whether rounds of drand are asked for on the web, and of whom: \`{"servers": ["${drandServers[0]}"]}\``,
      ),
    ),
    false,
  ),
})

/** `{bytes}` → bytes, `{drand: {chain, round}}` → `{bytes, round, signature, previous?}` */
export const randomGet = builtIn({
  cmd: '/random/get',
  class: 'query',
  about: {
    summary:
      "Draws random bytes from the operating system's generator, or gets those of a round of drand, whose signature is checked.",
    result: 'the bytes; of a round of drand `{bytes, round, signature, previous?}`',
    example: { args: { bytes: 32 }, policy: [['<=', '.bytes', 64]], refused: { bytes: 65 } },
  },
  args,
  settings,
  isOn: true,
  make: ({ drand: switched }, ports) => {
    const servers = typeof switched === 'object' ? switched.servers : drandServers
    return {
      run: async ({ bytes, drand }, context) => {
        if (!drand) return { ok: ports.world.random(bytes ?? 1) }
        if (switched !== false) return drandRound(drand, servers, ports, context)
        const message = 'drand is off on this node; its owner may turn it on: {"/random/get": {"drand": true}}'
        return { error: { name: 'EgressRefused', message }, verdict: 'final' }
      },
    }
  },
})
