import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { authoritiesOf, type Egress } from '@ipvm/egress'
import type { EffectOutcome } from '@ipvm/runtime'
import type { SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection'
import { mailReplyBytesMax, mailSilenceMilliseconds } from '../limits.ts'
import type { Message } from './message.ts'
import { failed, refusedPeople, type Told } from './reply.ts'
import type { MailSettings } from './settings.ts'

/** A mail, and to whom it goes. */
export interface Delivery {
  readonly from: string
  readonly to: readonly string[]
  readonly message: Message
}

/**
 * Hands a mail to its server, over a connection that the guard dialled. The server has it when it answers the last line of
 * it; what is lost before that line was not taken (RFC 5321 § 4.2.5).
 */
export async function deliver(
  delivery: Delivery,
  settings: MailSettings,
  egress: Egress,
  signal: AbortSignal,
): Promise<EffectOutcome> {
  const { host, port, tls } = settings.url
  const socket = await egress.dial({ host, port, tls, signal })
  if ('error' in socket) {
    const { name, message } = socket.error
    return { error: { name, message }, verdict: name === 'Unreachable' ? 'again' : 'final' }
  }
  const cut = () => socket.ok.destroy(new Error('it took too long'))
  signal.addEventListener('abort', cut, { once: true })
  if (signal.aborted) cut()
  let isWhole = false
  try {
    return await talk(delivery, settings, optionsOf(socket.ok, settings, egress), () => {
      isWhole = true
    })
  } catch (thrown) {
    return failed(thrown, host, isWhole)
  } finally {
    signal.removeEventListener('abort', cut)
    socket.ok.destroy()
  }
}

function optionsOf(connection: Socket, { url, from, plain }: MailSettings, egress: Egress): SMTPConnectionOptions {
  const trust = { ...authoritiesOf(egress.authorities), minVersion: 'TLSv1.2', rejectUnauthorized: true } as const
  return {
    ...{ connection, host: url.host, port: url.port, secure: url.tls, secured: url.tls },
    ...{ requireTLS: !url.tls && !plain, name: from.slice(from.lastIndexOf('@') + 1), tls: trust },
    ...{ greetingTimeout: mailSilenceMilliseconds, socketTimeout: mailSilenceMilliseconds, socketCloseTimeout: 0 },
    maxResponseSize: mailReplyBytesMax,
  }
}

async function talk(
  { from, to, message }: Delivery,
  { url: { user, password } }: MailSettings,
  options: SMTPConnectionOptions,
  whole: () => void,
): Promise<EffectOutcome> {
  const { default: SmtpConnection } = await import('nodemailer/lib/smtp-connection')
  const server = new SmtpConnection(options)
  const lost = Promise.withResolvers<never>()
  lost.promise.catch(() => {})
  server.on('error', lost.reject)
  server.once('end', () => lost.reject(new Error('the server hung up')))
  const step = <T>(begin: (done: (thrown: Error | null | undefined, value?: T) => void) => void) => {
    const { promise, resolve, reject } = Promise.withResolvers<T | undefined>()
    begin((thrown, value) => (thrown ? reject(thrown) : resolve(value)))
    return Promise.race([promise, lost.promise])
  }
  await step<void>(done => server.connect(thrown => done(thrown)))
  if (user !== undefined) await step(done => server.login({ credentials: { user, pass: password } }, done))
  const sent = await step<Told>(done =>
    server.send({ from, to: [...to], size: message.bytes.length }, onceRead(message.bytes, whole), done),
  )
  server.quit()
  const { accepted = [], response = '' } = sent ?? {}
  return { ok: { id: message.id, accepted: [...accepted], rejected: refusedPeople(sent), response } }
}

/** Tells when all of the mail was handed on: from then on the server may have it. In pieces, as the connection takes them. */
function onceRead(bytes: Buffer, whole: () => void): Readable {
  let at = 0
  return new Readable({
    read(size) {
      if (at >= bytes.length) whole()
      this.push(at >= bytes.length ? null : bytes.subarray(at, at + size))
      at += size
    },
  })
}
