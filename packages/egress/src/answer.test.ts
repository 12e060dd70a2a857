import { httpServer, rawServer } from '@ipvm/testing/outside'
import { gzipSync } from 'node:zlib'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { bad, closedLater, good, guardOf } from './guard.test-fixture.ts'

const text = (body: Uint8Array) => new TextDecoder().decode(body)
const { ask } = guardOf(['127.0.0.1:*'])

/** A server that says what it likes once it was asked. */
async function saying(...said: (string | Uint8Array)[]) {
  return closedLater(
    await rawServer(socket => {
      socket.once('data', () => {
        for (const piece of said) socket.write(piece)
      })
    }),
  )
}

/** Sends without end, as fast as it is read. */
function endless(socket: Socket, piece: Uint8Array) {
  const more = () => {
    while (!socket.destroyed && socket.write(piece));
  }
  socket.on('drain', more)
  more()
}

test('an answer comes as status, headers and body', async () => {
  const server = closedLater(
    await httpServer((request, response) => {
      response.setHeader('Set-Cookie', ['a=1', 'b=2']).setHeader('X-One', 'two')
      response.statusCode = 201
      request.pipe(response)
    }),
  )
  const body = new TextEncoder().encode('a body')
  const answer = good(await ask(server.url, { method: 'POST', body, headers: { 'Content-Type': 'text/plain' } }))
  expect(answer).toMatchObject({ status: 201, url: server.url, headers: { 'x-one': 'two', 'set-cookie': 'a=1\nb=2' } })
  expect(Object.keys(answer.headers)).not.toContain('connection')
  expect(text(answer.body)).toBe('a body')
})

test('connections are used again, but never for what may not be sent twice', async () => {
  const server = closedLater(await httpServer((_request, response) => response.end('well')))
  for (let i = 0; i < 5; i++) good(await ask(server.url))
  expect(server.connections()).toBe(1)
  good(await ask(server.url, { method: 'POST' }))
  expect(server.connections()).toBe(2)
})

test('a kept connection that was closed meanwhile is no failure', async () => {
  let answers = 0
  const server = closedLater(
    await rawServer(socket => {
      socket.on('data', () => {
        answers += 1
        // It keeps the connection in what it says, and hangs up when it is used again.
        if (answers === 2) socket.destroy()
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: keep-alive\r\n\r\nwell')
      })
    }),
  )
  good(await ask(server.url))
  expect(text(good(await ask(server.url)).body)).toBe('well')
  expect([answers, server.connections()]).toEqual([3, 2])
})

test('what a lying server says after its answer is taken for no other answer', async () => {
  const poison = 'HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison'
  const server = closedLater(
    await rawServer(socket => {
      socket.on('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nwell`)
        setImmediate(() => socket.write(poison))
      })
    }),
  )
  for (let i = 0; i < 3; i++) {
    expect(text(good(await ask(server.url)).body)).toBe('well')
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  const both = await saying(`HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nwell${poison}`)
  for (let i = 0; i < 2; i++) {
    const answer = await ask(both.url)
    if ('ok' in answer) expect(text(answer.ok.body)).toBe('well')
    else expect(['MalformedResponse', 'Cut']).toContain(answer.error.name)
  }
})

test('lying lengths, and connections cut at every stage', async () => {
  const whole = 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\nx-a: b\r\n\r\n0123456789'
  for (let cut = 0; cut < whole.length; cut += 3) {
    const server = closedLater(
      await rawServer(socket => void socket.once('data', () => socket.end(whole.slice(0, cut)))),
    )
    for (const method of ['GET', 'POST'] as const)
      expect([cut, bad(await ask(server.url, { method }))]).toMatchObject([cut, { name: 'Cut', sent: true }])
  }
  const chunked = closedLater(
    await rawServer(socket => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n01234\r\n'))
    }),
  )
  expect(bad(await ask(chunked.url))).toMatchObject({ name: 'Cut', sent: true, status: 200 })
})

test('what is no HTTP is refused', async () => {
  for (const said of [
    'SSH-2.0-OpenSSH_9.6\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nx a: b\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope',
    'HTTP/1.1 200 OK\r\ncontent-encoding: zstd\r\ncontent-length: 4\r\n\r\nnope',
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
  ]) {
    const failure = bad(await ask((await saying(said)).url))
    expect([said, failure.name, failure.sent]).toEqual([said, 'MalformedResponse', true])
  }
})

test('a body that breaks in the middle is lost, whatever broke it', async () => {
  const server = await saying('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\nzz\r\n')
  expect(['MalformedResponse', 'Cut']).toContain(bad(await ask(server.url)).name)
})

test('servers that hang, drip or never end are left', async () => {
  const hang = await saying()
  expect(bad(await ask(hang.url, { times: { answer: 30 } }))).toMatchObject({ name: 'TimedOut', sent: true })
  const stall = await saying('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n012')
  const stalled = bad(await ask(stall.url, { times: { idle: 30 } }))
  expect(stalled).toMatchObject({ name: 'TimedOut', sent: true, status: 200 })
  const drip = closedLater(
    await rawServer(socket => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        const timer = setInterval(() => socket.write('.'), 5)
        socket.once('close', () => clearInterval(timer))
      })
    }),
  )
  expect(bad(await ask(drip.url, { times: { total: 100 } }))).toMatchObject({ name: 'TimedOut', sent: true })
  const slowHead = closedLater(
    await rawServer(socket => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n')
        const timer = setInterval(() => socket.write('a: b\r\n'), 5)
        socket.once('close', () => clearInterval(timer))
      })
    }),
  )
  expect(bad(await ask(slowHead.url, { times: { answer: 100 } }))).toMatchObject({ name: 'TimedOut', sent: true })
  const informed = closedLater(
    await rawServer(socket => {
      socket.once('data', () => endless(socket, Buffer.from('HTTP/1.1 103 Early Hints\r\n\r\n')))
    }),
  )
  expect(bad(await ask(informed.url, { times: { answer: 100 } }))).toMatchObject({ name: 'TimedOut', sent: true })
})

test('bodies and headers without end are cut at the bound', async () => {
  const piece = new Uint8Array(65_536)
  let written = 0
  const flood = (head: string, more = piece) =>
    rawServer(socket => {
      socket.once('data', () => {
        socket.write(head)
        endless(socket, more)
        socket.once('close', () => {
          written = socket.bytesWritten
        })
      })
    })
  const bound = { name: 'ResponseTooLarge', sent: true }
  for (const head of [
    'HTTP/1.1 200 OK\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\n',
    'HTTP/1.1 404 Not Found\r\n\r\n',
  ]) {
    const server = closedLater(await flood(head))
    expect(bad(await ask(server.url, { bytesMax: 1_000_000 }))).toMatchObject(bound)
    await server.close()
    // What a socket buffers on both sides, and no more.
    expect(written).toBeLessThan(32_000_000)
  }
  const headers = closedLater(await flood('HTTP/1.1 200 OK\r\n', Buffer.from(`x-${'y'.repeat(1000)}: z\r\n`)))
  expect(bad(await ask(headers.url))).toMatchObject(bound)
  const trailers = closedLater(
    await flood(
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n',
      Buffer.from(`x-${'y'.repeat(1000)}: z\r\n`),
    ),
  )
  expect(['ResponseTooLarge', 'MalformedResponse', 'Cut']).toContain(bad(await ask(trailers.url)).name)
})

test('a bomb is as large as it is when it is unpacked, and what unpacks to nothing is as large as it comes', async () => {
  const bomb = gzipSync(new Uint8Array(50_000_000))
  expect(bomb.length).toBeLessThan(100_000)
  const server = closedLater(
    await httpServer((_request, response) => response.setHeader('content-encoding', 'gzip').end(bomb)),
  )
  expect(bad(await ask(server.url, { bytesMax: 1_000_000 }))).toMatchObject({ name: 'ResponseTooLarge', status: 200 })
  const nothing = gzipSync('')
  const many = Buffer.concat(Array.from({ length: 3000 }, () => nothing))
  const empty = closedLater(
    await rawServer(socket => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n')
        endless(socket, many)
      })
    }),
  )
  expect(bad(await ask(empty.url))).toMatchObject({ name: 'ResponseTooLarge' })
  const small = closedLater(
    await httpServer((_request, response) => response.setHeader('content-encoding', 'gzip').end(gzipSync('packed'))),
  )
  const answer = good(await ask(small.url))
  expect([text(answer.body), answer.headers['content-encoding']]).toEqual(['packed', undefined])
})

test('who does not want it any more lets it go', async () => {
  const over = new AbortController()
  const server = closedLater(await rawServer(socket => void socket.once('data', () => over.abort())))
  expect(bad(await ask(server.url, { signal: over.signal }))).toMatchObject({ name: 'Aborted', sent: true })
  expect(bad(await ask(server.url, { signal: over.signal }))).toMatchObject({ name: 'Aborted', sent: false })
  expect(server.connections()).toBe(1)
})

test('who does not read what is sent is left, and who answers meanwhile is heard', async () => {
  const body = new Uint8Array(20_000_000)
  const deaf = closedLater(await rawServer(socket => void socket.pause()))
  const left = bad(await ask(deaf.url, { method: 'POST', body, times: { total: 100 } }))
  expect(left).toMatchObject({ name: 'TimedOut', sent: true })
  const busy = closedLater(
    await rawServer(socket => {
      socket.once('data', () => socket.end('HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'))
    }),
  )
  for (let i = 0; i < 5; i++) expect(good(await ask(busy.url, { method: 'POST', body })).status).toBe(413)
})
