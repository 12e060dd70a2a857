import { error, ok, type Value, type ValueMap } from '@ipvm/ipld'
import { httpServer, makeCertificate, MailError, mailServer, rawServer } from '@ipvm/testing/outside'
import { expect, test } from 'vitest'
import { bobsNode, closedLater, type Reach } from '../outside.test-fixture.ts'

const hello = { to: 'ann@example.com', subject: 'Hello', text: 'Hello, Ann!' }

/** Bob's node, with a mail server. */
function bobMails(url: string, more: object = {}, reach: Reach = {}) {
  const settings = { url, from: 'news@bob.example', allow: ['*@example.com'], plain: true, ...more }
  const { task } = bobsNode({ '/msg/send': settings }, reach)
  return (args: ValueMap = hello, config?: ValueMap) => task('/msg/send', args, config)
}

test('a mail arrives as it was written', async () => {
  const server = closedLater(await mailServer())
  const send = bobMails(`smtp://127.0.0.1:${server.port}`, { fromName: 'Bob’s news' })
  const sent = await send({
    ...{ to: ['ann@example.com', 'carl@example.com'], bcc: 'eve@example.com', replyTo: 'bob@bob.example' },
    ...{ subject: 'Grüße: today’s news', text: 'Line one\n.\nBcc: nobody@example.com', html: '<b>news</b>' },
    attachments: [{ name: 'a.bin', content: new Uint8Array([1, 2, 3]) }],
  })
  expect(sent.out).toMatchObject({
    ok: { accepted: ['ann@example.com', 'carl@example.com', 'eve@example.com'], rejected: [] },
  })
  const [mail] = server.mails
  expect(mail).toMatchObject({
    from: 'news@bob.example',
    to: ['ann@example.com', 'carl@example.com', 'eve@example.com'],
  })
  const [head = ''] = mail?.text.split('\r\n\r\n') ?? []
  expect(head).toMatch(/^To: ann@example.com, carl@example.com$/m)
  expect(head).toMatch(/^Reply-To: bob@bob.example$/m)
  expect(head).toMatch(/^Message-ID: <[\da-f]{40}@bob.example>$/m)
  expect(head).not.toContain('eve@')
  expect(mail?.text).toContain('AQID')
  expect(sent.out && 'ok' in sent.out && head.includes(String((sent.out.ok as ValueMap).id))).toBe(true)
})

test('what is sent is one mail, whatever stands in it', async () => {
  const server = closedLater(await mailServer())
  const send = bobMails(`smtp://127.0.0.1:${server.port}`)
  for (const wrong of [
    { subject: 'Hello\r\nBcc: eve@example.com' },
    { subject: 'Hello\nX: y' },
    { subject: 'Hello\u0000' },
    { to: 'ann@example.com\r\nRCPT TO:<eve@example.com>' },
    { to: 'ann@example.com, eve@example.com' },
    { to: 'Ann <ann@example.com>' },
    { to: '<ann@example.com>' },
    { to: '"ann eve"@example.com' },
    { to: 'ann' },
    { to: [] },
    { cc: 'ann@example.com>\r\nDATA' },
    { replyTo: 'bob@bob.example\r\nX: y' },
    { attachments: [{ name: '../../etc/passwd', content: 'x' }] },
    { attachments: [{ name: 'a"\r\nX: y', content: 'x' }] },
    { attachments: [{ name: 'a', type: 'text/plain\r\nX: y', content: 'x' }] },
    { attachments: [{ name: 'a', path: '/etc/passwd' }] },
    { text: { path: '/etc/passwd' } },
    { from: 'boss@example.com' },
  ] as ValueMap[]) {
    expect([wrong, await send({ ...hello, ...wrong })]).toMatchObject([
      wrong,
      { refused: { name: 'MalformedArguments' } },
    ])
  }
  expect(server.connections()).toBe(0)
})

test('mail goes to those on the list, through a server that may be reached', async () => {
  const server = closedLater(await mailServer())
  const url = `smtp://127.0.0.1:${server.port}`
  const send = bobMails(url)
  for (const to of [
    'ann@example.net',
    'ann@example.com.evil.test',
    'ann@sub.example.com',
    ['ann@example.com', 'x@evil.test'],
  ])
    expect((await send({ ...hello, to })).out).toMatchObject({ error: { name: 'EgressRefused' } })
  expect((await bobMails(url, {}, { private: [] })()).out).toMatchObject({ error: { name: 'EgressRefused' } })
  expect((await bobMails('smtp://[::ffff:127.0.0.1]', {})()).out).toMatchObject({ error: { name: 'EgressRefused' } })
  expect(server.connections()).toBe(0)
})

test('a password goes over TLS to the right server only', async () => {
  const authority = makeCertificate({ hosts: ['authority'], isAuthority: true })
  const certified = makeCertificate({ hosts: ['127.0.0.1'], authority })
  const users: string[] = []
  const onAuth = (
    auth: { username?: string | undefined; password?: string | null | undefined },
    _session: unknown,
    done: (error: Error | null, response?: { user: string }) => void,
  ) => {
    users.push(`${auth.username} ${auth.password}`)
    if (auth.password === 'p@ss') done(null, { user: String(auth.username) })
    else done(new MailError(535, 'wrong password'))
  }
  const later = closedLater(await mailServer({ ...certified, disabledCommands: [], authOptional: false, onAuth }))
  const atOnce = closedLater(
    await mailServer({ ...certified, secure: true, disabledCommands: [], authOptional: false, onAuth }),
  )
  const open = closedLater(await mailServer({ onAuth, allowInsecureAuth: true }))
  const trusting = { authorities: [authority.cert] }
  const server = (scheme: string, { port }: { port: number }, password = 'p%40ss') =>
    `${scheme}://bob:${password}@127.0.0.1:${port}`
  for (const url of [server('smtp', later), server('smtps', atOnce)])
    expect((await bobMails(url, { plain: false }, trusting)()).out).toHaveProperty('ok')
  expect([later, atOnce].flatMap(({ mails }) => mails)).toMatchObject([
    { user: 'bob', isSecure: true },
    { user: 'bob', isSecure: true },
  ])
  users.length = 0
  for (const url of [server('smtp', later), server('smtps', atOnce), server('smtp', open)])
    expect((await bobMails(url, { plain: false })()).out).toMatchObject({ error: { name: 'InvalidTls' } })
  expect(users).toEqual([])
  const wrong = await bobMails(server('smtps', atOnce, 'guess'), {}, trusting)()
  expect(wrong.out).toMatchObject({ error: { name: 'MailRefused', code: 535 } })
  expect(JSON.stringify(wrong.events)).not.toContain('guess')
})

test('a password in the config is the name of a secret, and says what is missing', async () => {
  const certified = makeCertificate({
    hosts: ['127.0.0.1'],
    authority: makeCertificate({ hosts: ['x'], isAuthority: true }),
  })
  const users: string[] = []
  const server = closedLater(
    await mailServer({
      ...{ authOptional: false, allowInsecureAuth: true, ...certified },
      onAuth: ({ username, password }, _session, done) => {
        users.push(`${username} ${password}`)
        done(null, { user: String(username) })
      },
    }),
  )
  const held = new Map<string, Value>([
    ['mail', 'hunter2'],
    ['raw', new Uint8Array(3)],
  ])
  const secrets = {
    get: async (name: string) => {
      const value = held.get(name)
      return value === undefined ? error({ name: 'NoSuchSecret', message: `no ${name}` }) : ok(value)
    },
  }
  const url = `smtp://bob@127.0.0.1:${server.port}`
  const send = (password: object) => bobMails(url, { password }, { own: { secrets } })()
  const sent = await send({ secret: 'mail' })
  expect(sent.out).toHaveProperty('ok')
  expect(users).toEqual(['bob hunter2'])
  expect(JSON.stringify(sent.events)).not.toContain('hunter2')
  expect((await send({ secret: 'gone' })).out).toMatchObject({ error: { name: 'NoSuchSecret' } })
  expect((await send({ secret: 'raw' })).out).toMatchObject({ error: { name: 'NotText' } })
  expect(server.connections()).toBe(1)
  for (const wrong of ['smtp://127.0.0.1', 'smtp://bob:p@127.0.0.1']) {
    expect(() => bobMails(wrong, { password: { secret: 'mail' } })).toThrow('url')
  }
})

test('who is not taken is told one by one', async () => {
  const codes: Readonly<Record<string, number>> = { 'gone@example.com': 550, 'full@example.com': 452 }
  const server = closedLater(
    await mailServer({
      onRcptTo: ({ address }, _session, done) => {
        const code = codes[address]
        done(code === undefined ? null : new MailError(code))
      },
    }),
  )
  const send = bobMails(`smtp://127.0.0.1:${server.port}`)
  const some = await send({ ...hello, to: ['gone@example.com', 'ann@example.com', 'full@example.com'] })
  const rejected = [
    { to: 'gone@example.com', code: 550 },
    { to: 'full@example.com', code: 452 },
  ]
  expect(some.out).toMatchObject({ ok: { accepted: ['ann@example.com'], rejected } })
  expect(server.mails).toHaveLength(1)
  for (const to of ['gone@example.com', 'full@example.com']) {
    const none = await send({ ...hello, to })
    expect(none).toMatchObject({
      end: 'failed',
      out: { error: { name: 'MailRefused', code: codes[to], value: { rejected: [{ to }] } } },
    })
  }
  expect(server.mails).toHaveLength(1)
})

test('a mail that is refused after it was sent was not taken', async () => {
  for (const code of [552, 451]) {
    const server = closedLater(await mailServer({ onData: (_stream, _session, done) => done(new MailError(code)) }))
    const refused = await bobMails(`smtp://127.0.0.1:${server.port}`)()
    expect(refused).toMatchObject({ end: 'failed', out: { error: { name: 'MailRefused', code } } })
  }
})

/** A mail server that stops at a line that begins so; the rest of the mail is one line of it. */
async function stopping(at: string, how: 'cut' | 'hang') {
  let mails = 0
  const server = await rawServer(socket => {
    const stop = () => (how === 'cut' ? socket.destroy() : undefined)
    let isData = false
    let rest = ''
    if (at === 'greeting') {
      stop()
      return
    }
    socket.write('220 hello\r\n')
    socket.on('data', piece => {
      const lines = `${rest}${piece}`.split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (isData ? at === 'body' || (at === 'end' && line === '.') : line.startsWith(at)) {
          if (line === '.') mails += 1
          stop()
          return
        }
        if (!isData) socket.write(line.startsWith('DATA') ? '354 go on\r\n' : '250 well\r\n')
        isData ||= line.startsWith('DATA')
      }
    })
  })
  return { ...closedLater(server), mails: () => mails }
}

test('wherever the connection is cut, it is known whether the mail may have been taken', async () => {
  // More than a connection holds that nobody reads.
  const large = { attachments: [{ name: 'large', content: new Uint8Array(15_000_000) }] }
  for (const at of ['greeting', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'body', 'end']) {
    const server = await stopping(at, 'cut')
    const sent = await bobMails(`smtp://127.0.0.1:${server.port}`)({ ...hello, ...(at === 'body' && large) })
    expect([at, sent.end]).toEqual([at, at === 'end' ? 'unknown' : 'failed'])
    expect([at, server.connections(), server.mails()]).toEqual([at, 1, at === 'end' ? 1 : 0])
  }
})

test.each([
  ['has it', [200], { end: 'ok', out: { ok: { response: expect.stringContaining('found at') } } }],
  ['has it a moment later', [404, 200], { end: 'ok' }],
  ['has it not', [404, 404], { end: 'failed', out: { error: { name: 'NotSent' } } }],
  ['does not say', [404, 500], { end: 'unknown', unknown: { name: 'NotKnown' } }],
  ['wants a key', [403], { end: 'unknown' }],
  ['says that it moved', [302], { end: 'unknown' }],
])('a server that can be asked %s', async (_, codes, wanted) => {
  const asked: string[] = []
  const archive = closedLater(
    await httpServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization}`)
      response.writeHead(codes[asked.length - 1] ?? 500, { location: '/elsewhere' }).end()
    }),
  )
  const server = await stopping('end', 'cut')
  const url = `http://127.0.0.1:${archive.port}/mails/{id}`
  const sent = { url, headers: { authorization: 'Bearer key' }, after: 0 }
  const mailed = await bobMails(`smtp://127.0.0.1:${server.port}`, { sent })()
  expect(mailed).toMatchObject(wanted)
  expect(server.mails()).toBe(1)
  expect(asked.length).toBe(codes.length)
  expect(new Set(asked).size).toBe(1)
  expect(asked[0]).toMatch(/^\/mails\/[\da-f]{40}%40bob\.example Bearer key$/)
  expect(JSON.stringify(mailed)).not.toContain('Bearer')
})

test('a server that shows mails to who has a key is asked with a secret', async () => {
  const server = await stopping('end', 'cut')
  const keys: (string | undefined)[] = []
  const shown = closedLater(
    await httpServer((request, response) => {
      keys.push(request.headers.authorization)
      response.end('{}')
    }),
  )
  const sent = (secret: string) => ({
    ...{ url: `${shown.url}/{id}`, after: 0 },
    headers: { authorization: { secret, before: 'Bearer ' } },
  })
  const get = async (name: string) =>
    name === 'key' ? ok('hunter2') : error({ name: 'NoSuchSecret', message: `there is no secret "${name}"` })
  const ask = (name: string) =>
    bobMails(`smtp://127.0.0.1:${server.port}`, { sent: sent(name) }, { own: { secrets: { get } } })()
  const found = await ask('key')
  expect(found.out).toHaveProperty('ok.response')
  expect(JSON.stringify(found.events)).not.toContain('hunter2')
  expect(keys).toEqual(['Bearer hunter2'])
  expect((await ask('gone')).unknown?.message).toContain('there is no secret "gone"')
})

test('where no server can be asked for mails, the config says so', () => {
  const settings = { url: 'smtp://127.0.0.1', from: 'news@bob.example', allow: ['*'] }
  for (const wrong of ['https://example.com/mails', 'ftp://example.com/{id}', 'https://EXAMPLE.com/{id}']) {
    expect(() => bobsNode({ '/msg/send': { ...settings, sent: { url: wrong } } })).toThrow()
  }
})

test('wherever it hangs, it ends in time', async () => {
  const places = ['greeting', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'end']
  const ends = places.map(async at => {
    const server = await stopping(at, 'hang')
    // The effect gives up a tenth before the runtime does, which a busy machine has to tell apart.
    const config = { time: [3, 'seconds'], retry: { max: 1 } }
    return (await bobMails(`smtp://127.0.0.1:${server.port}`)(hello, config)).end
  })
  expect(await Promise.all(ends)).toEqual(places.map(at => (at === 'end' ? 'unknown' : 'failed')))
})

test('what is no mail server, and one that talks without end, are left', async () => {
  const web = closedLater(await rawServer(socket => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
  expect((await bobMails(`smtp://127.0.0.1:${web.port}`)()).end).toBe('failed')
  const talker = closedLater(
    await rawServer(socket => {
      const more = () => {
        while (!socket.destroyed && socket.write('220-hello\r\n'.repeat(1000)));
      }
      socket.on('drain', more)
      more()
    }),
  )
  expect((await bobMails(`smtp://127.0.0.1:${talker.port}`)()).end).toBe('failed')
})
