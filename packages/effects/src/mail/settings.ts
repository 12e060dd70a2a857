import { isHost } from '@ipvm/egress'
import * as v from 'valibot'
import { allowListMax } from '../limits.ts'
import { isAddress, isAddressPattern } from './address.ts'
import { sentSettings } from './sent.ts'

/** The server that mail is handed to. */
export interface MailServer {
  readonly host: string
  readonly port: number
  /** Whether TLS is agreed on at once; else the server has to be willing to change to it. */
  readonly tls: boolean
  readonly user?: string
  readonly password?: string
}

const server = v.pipe(
  v.string(),
  v.rawTransform<string, MailServer>(({ dataset, addIssue, NEVER }) => {
    const read = readServer(dataset.value)
    if (read) return read
    addIssue({
      message: 'expected smtps://user:password@smtp.example.com or smtp://user:password@smtp.example.com:587',
    })
    return NEVER
  }),
  v.description(
    'the server that takes mail: `smtps://user:password@smtp.example.com`, or `smtp://…:587` where TLS begins after the greeting',
  ),
)

const oneLine = (length: number) =>
  v.pipe(
    v.string(),
    v.maxLength(length),
    v.regex(/^[^\p{Cc}]*$/u, 'a line break or another control character stands in it'),
  )

export const mailSettings = v.strictObject({
  url: server,
  from: v.pipe(
    v.string(),
    v.check(isAddress, 'expected one address, such as news@example.com'),
    v.description('whom mail is from: `news@example.com`'),
  ),
  fromName: v.optional(v.pipe(oneLine(100), v.description('the name that is shown for it'))),
  allow: v.pipe(
    v.array(v.pipe(v.string(), v.check(isAddressPattern, 'expected an address, *@example.com, or * for anybody'))),
    v.maxLength(allowListMax),
    v.description('to whom mail may go: `ann@example.com`, `*@example.com`, `*`'),
  ),
  sent: v.optional(
    v.pipe(
      sentSettings,
      v.description(
        'where one can ask which mails the server took; then a mail of which nobody knows is asked for there, and no person is',
      ),
    ),
  ),
  plain: v.optional(
    v.pipe(v.boolean(), v.description('whether mail may go unencrypted, as to a relay on this machine')),
    false,
  ),
})

export type MailSettings = v.InferOutput<typeof mailSettings>

function readServer(text: string): MailServer | undefined {
  const [, scheme, user, password, host = '', port] =
    /^(smtps?):\/\/(?:([^:@/]+)(?::([^@/]*))?@)?(\[[\da-fA-F:.]+\]|[^:@/[\]]+)(?::(\d{1,5}))?\/?$/.exec(text) ?? []
  if (scheme === undefined || !isHost(host) || Number(port ?? 1) > 65_535 || Number(port ?? 1) === 0) return undefined
  const tls = scheme === 'smtps'
  try {
    return {
      ...{ host: host.replace(/^\[|\]$/g, ''), port: port === undefined ? (tls ? 465 : 587) : Number(port), tls },
      ...(user !== undefined && { user: decodeURIComponent(user), password: decodeURIComponent(password ?? '') }),
    }
  } catch {
    return undefined
  }
}

export { oneLine }
