import { Hono, type Context } from 'hono'
import type { Events } from '../events.ts'
import { FunctionUrl } from './function-url.ts'
import { bodiesBytesMax } from '../limits.ts'
import { Room } from './room.ts'
import { takeWebhook } from './webhook.ts'

/**
 * The routes of a node's triggers: `/fn/NAME` and `/hooks/NAME`. They may be part of a larger application.
 */
export function eventRoutes(events: Events): Hono {
  const app = new Hono()
  const room = new Room(bodiesBytesMax)
  const functions = new FunctionUrl(events, room)
  const call = (c: Context) => functions.call(c)
  app.get('/fn/:name/-/:run', c => functions.find(c, c.req.param('name'), c.req.param('run')))
  app.all('/fn/:name', call)
  app.all('/fn/:name/*', call)
  app.post('/hooks/:name', c => takeWebhook(c, events, room))
  app.all('/hooks/:name', c => c.text('POST alone', 405, { allow: 'POST' }))
  return app
}
