import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

/** A mail that came to the server of a test. */
export interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  readonly text: string
  readonly user?: string
  readonly isSecure: boolean
}

/** A real mail server on loopback. */
export interface MailServer {
  readonly port: number
  readonly mails: ReceivedMail[]
  connections(): number
  close(): Promise<void>
}

/** Says no to something with a code, such as `new MailError(550)`. */
export class MailError extends Error {
  readonly responseCode: number

  constructor(responseCode: number, message = 'not here') {
    super(message)
    this.responseCode = responseCode
  }
}

/** Takes mail; where nothing else is set, of anybody and in the clear. */
export async function mailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const mails: ReceivedMail[] = []
  let connections = 0
  const server = new SMTPServer({
    ...{ authOptional: true, disabledCommands: ['STARTTLS'], logger: false, closeTimeout: 10 },
    ...options,
    onConnect: (_session, done) => {
      connections += 1
      done()
    },
    onData: (stream, session, done) => {
      stream.toArray().then(pieces => {
        const { mailFrom, rcptTo } = session.envelope
        const user = typeof session.user === 'string' ? { user: session.user } : {}
        const from = mailFrom ? mailFrom.address : ''
        const mail = { from, to: rcptTo.map(({ address }) => address), text: Buffer.concat(pieces).toString() }
        if (options.onData) options.onData(stream, session, done)
        else {
          mails.push({ ...mail, ...user, isSecure: Boolean(session.secure) })
          done(null, 'taken')
        }
      }, done)
    },
  })
  server.on('error', () => {})
  await new Promise<void>(resolve => server.listen({ port: 0, host: '127.0.0.1' }, resolve))
  const { port } = server.server.address() as AddressInfo
  return {
    port,
    mails,
    connections: () => connections,
    close: () => new Promise(resolve => server.close(() => resolve())),
  }
}
