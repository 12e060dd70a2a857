import { CID } from '@ipvm/ipld'
import * as v from 'valibot'
import { mailAttachmentsMax, mailRecipientsMax, mailSubjectLengthMax, mailTextLengthMax } from '../limits.ts'
import { isAddress } from './address.ts'
import { oneLine } from './settings.ts'

const address = v.pipe(v.string(), v.check(isAddress, 'expected one address, such as ann@example.com'))
const addresses = v.union([address, v.pipe(v.array(address), v.minLength(1), v.maxLength(mailRecipientsMax))])
const text = v.pipe(v.string(), v.maxLength(mailTextLengthMax))
const bytes = v.custom<Uint8Array>(value => value instanceof Uint8Array, 'expected bytes')
const file = v.custom<CID>(value => value instanceof CID, 'expected the CID of a file')

const attachment = v.strictObject({
  name: v.pipe(oneLine(200), v.minLength(1), v.regex(/^[^/\\]*$/, 'it is the name of a file, not a path')),
  type: v.optional(v.pipe(v.string(), v.regex(/^[a-z\d.+-]{1,60}\/[a-z\d.+-]{1,60}$/i, 'expected such as image/png'))),
  content: v.union([v.string(), bytes, file]),
})

export const mailArguments = v.pipe(
  v.strictObject({
    to: v.pipe(addresses, v.description('to whom: an address, or a list of some')),
    cc: v.optional(v.pipe(addresses, v.description('who gets it, too'))),
    bcc: v.optional(v.pipe(addresses, v.description('who gets it without being named in it'))),
    replyTo: v.optional(v.pipe(address, v.description('to whom an answer goes'))),
    subject: v.pipe(oneLine(mailSubjectLengthMax), v.description('one line')),
    text: v.optional(v.pipe(text, v.description('what it says'))),
    html: v.optional(v.pipe(text, v.description('the same as HTML'))),
    attachments: v.optional(
      v.pipe(
        v.array(attachment),
        v.maxLength(mailAttachmentsMax),
        v.description('files that go along: text, bytes, or the CID of a file'),
      ),
      [],
    ),
  }),
  v.check(
    ({ text: plain, html }) => plain !== undefined || html !== undefined,
    'text, html: give one of them, or both',
  ),
  v.check(
    ({ to, cc = [], bcc = [] }) => [to, cc, bcc].flat().length <= mailRecipientsMax,
    `to, cc, bcc: at most ${mailRecipientsMax} together`,
  ),
)

export type MailArguments = v.InferOutput<typeof mailArguments>
