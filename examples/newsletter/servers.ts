import { createServer } from 'node:http'
import { once } from 'node:events'
import dns from 'dns2'
import { SMTPServer } from 'smtp-server'

// The outside of the newsletter, on loopback: a name server, a web site, and a mail server that tells which mails it took.
// `node servers.ts` serves them at the ports of config.json.

/** What happens out there, in its order. */
export const steps = [
  'the name is asked for',
  'the page is asked for',
  'the page was answered',
  'the mail server is called',
  'the sender is named',
  'the mail is handed on',
  'the mail was taken',
  'that was answered',
] as const

export type Step = (typeof steps)[number]

export interface Ports {
  readonly web: number
  readonly names: number
  readonly mail: number
}

/** Serves all three. @param onStep told of what happens, before it goes on */
export async function openServers(ports: Ports, onStep: (step: Step) => void = () => {}) {
  const mails: string[] = []
  const [mail, web] = [mailServer(mails, onStep), webServer(mails, onStep)]
  await new Promise<void>(resolve => mail.listen({ port: ports.mail, host: '127.0.0.1' }, resolve))
  web.listen(ports.web, '127.0.0.1')
  await once(web, 'listening')
  const open = { web: portOf(web.address()), mail: portOf(mail.server.address()) }
  const names = nameServer(`page=http://news.example:${open.web}/today`, onStep)
  await names.listen({ udp: { port: ports.names, address: '127.0.0.1' } })
  return {
    mails,
    ports: { ...open, names: portOf(names.addresses().udp) },
    close: async () => {
      web.closeAllConnections()
      web.close()
      await names.close()
      await new Promise<void>(resolve => mail.close(() => resolve()))
    },
  }
}

function nameServer(page: string, onStep: (step: Step) => void) {
  const { A, TXT } = dns.Packet.TYPE
  return dns.createServer({
    udp: true,
    handle: (request, send) => {
      const response = dns.Packet.createResponseFromRequest(request)
      const [question] = request.questions
      const name = String(question?.name)
      const record = { name, class: dns.Packet.CLASS.IN, ttl: 1, toBuffer: () => Buffer.alloc(0) }
      if (name === '_edition.news.example' && question?.type === TXT) {
        onStep('the name is asked for')
        response.answers.push({ ...record, type: TXT, data: page })
      }
      if (name === 'news.example' && question?.type === A)
        response.answers.push({ ...record, type: A, address: '127.0.0.1' })
      send(response)
    },
  })
}

/** The page of the day, and at `/mails/ID` whether the mail server took the mail of that id. */
function webServer(mails: readonly string[], onStep: (step: Step) => void) {
  return createServer(({ url = '' }, response) => {
    const [, id] = /^\/mails\/(.+)$/.exec(url) ?? []
    if (id !== undefined) {
      const isTaken = mails.some(mail => mail.includes(`Message-ID: <${decodeURIComponent(id)}>`))
      return void response.writeHead(isTaken ? 200 : 404).end()
    }
    onStep('the page is asked for')
    response.on('finish', () => onStep('the page was answered'))
    response.writeHead(200, { 'content-type': 'text/html' }).end(today)
  })
}

function mailServer(mails: string[], onStep: (step: Step) => void) {
  const server = new SMTPServer({
    ...{ authOptional: true, disabledCommands: ['STARTTLS'], logger: false, closeTimeout: 10 },
    onConnect: (_, done) => {
      onStep('the mail server is called')
      done()
    },
    onMailFrom: (_address, _session, done) => {
      onStep('the sender is named')
      done()
    },
    onData: (stream, _, done) => {
      onStep('the mail is handed on')
      const taken = (pieces: readonly Buffer[]) => {
        mails.push(Buffer.concat(pieces).toString())
        onStep('the mail was taken')
        done(null, 'taken')
        setImmediate(() => onStep('that was answered'))
      }
      stream.toArray().then(taken, done)
    },
  })
  // Who hangs up in the middle is no news here.
  server.on('error', () => {})
  return server
}

function portOf(address: string | { readonly port: number } | null | undefined): number {
  return typeof address === 'object' && address ? address.port : 0
}

const today = `<!doctype html>
<title>The news of today</title>
<h2>Workflows survive a kill</h2>
<p>Somebody killed one eight times in a row. It went on each time, and sent one mail.</p>
<h2>Names stay names</h2>
<p>What was called by its content yesterday is called so today. Nobody was surprised.</p>
`

if (import.meta.main) {
  const { mails } = await openServers({ web: 8380, names: 5380, mail: 2580 }, step => {
    console.log(step)
    if (step === 'the mail was taken') console.log(mails.at(-1))
  })
}
