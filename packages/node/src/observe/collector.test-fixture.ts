import { createServer, type IncomingMessage } from 'node:http'

/** A span as it is exported. */
export interface ExportedSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[]
  readonly links?: readonly { readonly spanId: string }[]
  readonly events?: readonly { readonly name: string }[]
  readonly status: { readonly code?: number; readonly message?: string }
}

/** A collector: takes what is posted to `/v1/traces`. */
export async function collector() {
  const bodies: string[] = []
  const server = createServer(async (request, response) => {
    bodies.push(`${request.method} ${request.url} ${await textOf(request)}`)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `http://127.0.0.1:${port}`, bodies, close: () => new Promise(resolve => server.close(resolve)) }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}

/** The spans of what was posted. */
export function spansIn(bodies: readonly string[]): readonly ExportedSpan[] {
  return bodies.flatMap(body => {
    const { resourceSpans } = JSON.parse(body.replace(/^POST \/v1\/traces /, ''))
    return resourceSpans[0].scopeSpans[0].spans
  })
}
