import type { EgressRequest } from '@ipvm/egress'
import type { EffectContext, EffectOutcome } from '@ipvm/runtime'
import { builtIn, type BuiltIn, type EffectPorts } from '../maker.ts'
import { askArguments, sendArguments, type SendArguments } from './arguments.ts'
import { contentOf } from './body.ts'
import { request } from './request.ts'
import { allowsUrl, plainSettings, postSettings, type HttpSettings } from './settings.ts'

const list = { name: 'allow', example: 'https://api.example.com/*' }
const result =
  '`{status, headers, body, url}`, or the body alone; names of headers in lower case, `url` after redirects'
const page = [['like', '.url', 'https://example.com/*']]
const api = [['like', '.url', 'https://api.example.com/orders/*']]
const order = 'https://api.example.com/orders/7'
const elsewhere = 'https://example.net/'

const get = builtIn({
  cmd: '/http/get',
  class: 'query',
  secret: true,
  about: {
    summary: 'Asks a web server for what is at a URL.',
    result,
    example: {
      args: { url: 'https://example.com/', as: 'text', give: 'body' },
      ...{ policy: page, refused: { url: elsewhere } },
    },
  },
  args: askArguments,
  settings: plainSettings,
  list,
  make: (settings, { egress, world }) => ({
    run: (args, context) => request('GET', args, undefined, { egress, world, settings, context }),
  }),
})

const head = builtIn({
  cmd: '/http/head',
  class: 'query',
  secret: true,
  about: {
    summary: 'Asks a web server what it says of a URL, without its content.',
    result,
    example: { args: { url: 'https://example.com/' }, policy: page, refused: { url: elsewhere } },
  },
  args: askArguments,
  settings: plainSettings,
  list,
  make: (settings, { egress, world }) => ({
    run: (args, context) => request('HEAD', args, undefined, { egress, world, settings, context }),
  }),
})

const put = builtIn({
  cmd: '/http/put',
  class: 'mutation',
  idempotent: true,
  secret: true,
  about: {
    summary: 'Puts something at a URL, in place of what is there. Sent again where the answer is lost.',
    result,
    example: { args: { url: order, json: { count: 2 } }, policy: api, refused: { url: elsewhere, json: {} } },
  },
  args: sendArguments,
  settings: plainSettings,
  list,
  make: (settings, ports) => ({ run: (args, context) => send('PUT', args, settings, ports, context) }),
})

const remove = builtIn({
  cmd: '/http/delete',
  class: 'mutation',
  idempotent: true,
  secret: true,
  about: {
    summary:
      'Takes away what is at a URL. Sent again where the answer is lost; that it is gone (404, 410) is then an answer as good as any.',
    result,
    example: { args: { url: order }, policy: api, refused: { url: elsewhere } },
  },
  args: sendArguments,
  settings: plainSettings,
  list,
  make: (settings, ports) => ({ run: (args, context) => send('DELETE', args, settings, ports, context) }),
})

const post = builtIn({
  cmd: '/http/post',
  class: 'mutation',
  secret: true,
  about: {
    summary:
      'Posts something to a URL, once: where the answer is lost, it waits for a person. Where the config says that the server honours the `Idempotency-Key`, it is sent again under the same.',
    result,
    example: {
      args: { url: 'https://api.example.com/orders/new', json: { item: 'tea' } },
      ...{ policy: api, refused: { url: elsewhere, json: {} } },
    },
  },
  args: sendArguments,
  settings: postSettings,
  list,
  make: ({ allow, ...bounds }, ports) => {
    const settings = { ...bounds, allow: allow.map(entry => ('url' in entry ? entry.url : entry)) }
    const honouring = allow.flatMap(entry => ('url' in entry && entry.honoursKey ? [entry.url] : []))
    return {
      honoursKey: ({ url }) => allowsUrl(honouring, url),
      run: (args, context) => send('POST', args, settings, ports, context),
    }
  },
})

/** The web, asked and told. */
export const http: readonly BuiltIn[] = [get, head, put, remove, post]

async function send(
  method: EgressRequest['method'],
  args: SendArguments,
  settings: HttpSettings,
  { egress, world }: EffectPorts,
  context: EffectContext,
): Promise<EffectOutcome> {
  const content = await contentOf(args, context)
  if ('error' in content) {
    const { name, message } = content.error
    return { error: { name, message }, verdict: 'final' }
  }
  return request(method, args, content.ok, { egress, world, settings, context })
}
