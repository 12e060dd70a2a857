// The peer: hono on Node, which answers a POST with the same bytes each time. It is as bare as it can be: it does not even
// read the body.
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const app = new Hono()
app.post('/fn/add', c => c.body('42', 200, { 'content-type': 'application/json' }))
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
  console.log(`Serving at http://127.0.0.1:${port}`),
)
