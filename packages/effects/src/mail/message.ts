import { CID, error, ok, type Failure, type Result } from '@ipvm/ipld'
import type { EffectContext } from '@ipvm/runtime'
import { mailBytesMax } from '../limits.ts'
import type { MailArguments } from './arguments.ts'
import type { MailSettings } from './settings.ts'

/** A mail as it goes over the wire. */
export interface Message {
  readonly id: string
  readonly bytes: Buffer
}

/** A mail is larger than mail servers take. */
export interface MailTooLarge extends Failure {
  readonly name: 'MailTooLarge'
}

/**
 * Composes a mail. Its id is made of the key, the same for every attempt: who gets it twice can tell.
 * @param date milliseconds since 1970
 */
export async function composed(
  args: MailArguments,
  { from, fromName }: MailSettings,
  { key, loadFile }: Pick<EffectContext, 'key' | 'loadFile'>,
  date: number,
): Promise<Result<Message, Failure>> {
  const { to, cc, replyTo, subject, text, html } = args
  const attachments = []
  for (const { name, type, content } of args.attachments) {
    const read = content instanceof CID ? await loadFile(content) : ok(content)
    if ('error' in read) return read
    attachments.push({
      filename: name,
      content: Buffer.from(read.ok),
      ...(type !== undefined && { contentType: type }),
    })
  }
  const id = idOf(key, from)
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer')
  const mail = new MailComposer({
    ...{ from: { name: fromName ?? '', address: from }, to, cc, replyTo, subject, text, html, attachments },
    ...{ messageId: id, date: new Date(date), baseBoundary: key.slice(0, 32) },
    ...{ disableFileAccess: true, disableUrlAccess: true, newline: '\r\n' },
  })
  const bytes = await mail.compile().build()
  if (bytes.length <= mailBytesMax) return ok({ id, bytes })
  const message = `the mail has ${bytes.length} bytes; at most ${mailBytesMax} are sent: put the file at a URL and name that`
  return error({ name: 'MailTooLarge', message } satisfies MailTooLarge)
}

/** The id of the mail of a key. */
export function idOf(key: string, from: string): string {
  return `<${key.slice(0, 40)}@${from.slice(from.lastIndexOf('@') + 1)}>`
}
