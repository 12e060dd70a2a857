import type { Events } from '@ipvm/events'
import { eventRoutes } from '@ipvm/events/http'
import type { App, Health, HttpConfig, NodePort } from '@ipvm/network/http/server'
import { readBearer } from '@ipvm/network/http/server'
import { Hono, type Context } from 'hono'
import { cors } from 'hono/cors'
import { realWorld } from '../world.ts'

/** What a node answers over HTTP, and by what. */
export interface AppParts {
  readonly events: Events
  /** The network's app, from when there is one. */
  readonly network: () => App | undefined
  readonly health: () => Health | Promise<Health>
  readonly origins: NonNullable<HttpConfig['origins']>
  readonly metrics?: MetricsParts
}

/** Metrics, and who may read them. */
export interface MetricsParts {
  readonly source: { readonly contentType: string; text(): Promise<string> }
  /** Whether this machine may read them without more. */
  readonly isOpen: (env: unknown) => boolean
  readonly authorise: NodePort['authorise']
  readonly addressOf: (env: unknown) => string
}

/** The paths that are answered here; the network's app has all others. */
const own = /^https?:\/\/[^/]*\/(?:fn\/|hooks\/|healthz(?:\?|$)|metrics(?:\?|$))/

/** All that a node answers over HTTP, on one port. */
export function nodeApp(parts: AppParts): App {
  const { events, network, health, origins, metrics } = parts
  const app = new Hono()
  app.get('/healthz', async c => {
    const { isWell, ...details } = await health()
    return c.json({ ok: isWell, ...details }, isWell ? 200 : 503, { 'cache-control': 'no-store' })
  })
  if (metrics) app.get('/metrics', c => tellMetrics(c, metrics))
  if (origins.length > 0) {
    const origin = typeof origins === 'string' ? origins : [...origins]
    app.use(cors({ origin, exposeHeaders: ['location', 'retry-after', 'ipvm-run'] }))
  }
  app.route('/', eventRoutes(events))
  app.notFound(c => c.json({ error: { name: 'NotFound', message: 'there is nothing here' } }, 404))
  // What went wrong is told to the owner, by receipts and runs; a stranger hears that it did.
  app.onError((_thrown, c) => c.json({ error: { name: 'Fault', message: 'it went wrong here' } }, 500))
  return (request, env) => {
    const others = own.test(request.url) ? undefined : network()
    return others ? others(request, env) : app.fetch(request, env)
  }
}

async function tellMetrics(c: Context, { source, isOpen, authorise, addressOf }: MetricsParts): Promise<Response> {
  if (!isOpen(c.env)) {
    const bearer = await readBearer(c.req.header('authorization'), realWorld.now())
    const from = { name: `http:${addressOf(c.env)}`, addresses: [] }
    const permission = 'error' in bearer ? bearer : await authorise({ cmd: '/node/read', args: {}, from }, bearer.ok)
    if ('error' in permission) {
      const { name, message, status = 403 } = permission.error
      const challenge = status === 401 ? { 'www-authenticate': 'Bearer realm="ipvm"' } : {}
      return c.json({ error: { name, message } }, status, challenge)
    }
  }
  return c.body(await source.text(), 200, { 'content-type': source.contentType, 'cache-control': 'no-store' })
}
