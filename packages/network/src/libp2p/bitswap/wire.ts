import type { Stream } from '@libp2p/interface'
import { writer } from 'protons-runtime'
import { bitswapMessageBytesMax } from '../../limits.ts'
import { FrameError, hasRoom, Incoming } from '../frames.ts'
import { decodeMessage, type Message } from './message.ts'

/** A length in front of a message has at most so many bytes. */
const lengthBytesMax = 4

/** The messages of a stream, each with its length as a varint before it, as they come. Throws FrameError. */
export async function* readMessages(stream: Stream): AsyncGenerator<Message, void, undefined> {
  const incoming = new Incoming(stream)
  try {
    for (;;) {
      const length = await readLength(incoming)
      if (length === undefined) return
      if (length > bitswapMessageBytesMax) throw new FrameError('Garbage')
      const bytes = length === 0 ? new Uint8Array(0) : await incoming.take(length)
      const message = bytes && decodeMessage(bytes)
      if (!bytes) throw new FrameError('Cut')
      if (!message) throw new FrameError('Garbage')
      yield message
    }
  } finally {
    incoming.stop()
  }
}

async function readLength(incoming: Incoming): Promise<number | undefined> {
  let length = 0
  for (let at = 0; at < lengthBytesMax; at++) {
    const next = await incoming.take(1)
    if (!next) {
      if (at === 0) return undefined
      throw new FrameError('Cut')
    }
    const byte = next[0] ?? 0
    length += (byte & 0x7f) * 2 ** (7 * at)
    if (byte < 0x80) return length
  }
  throw new FrameError('Garbage')
}

/** Sends a message; resolves when there is room for the next one. Throws where the stream is lost. */
export async function sendMessage(stream: Stream, bytes: Uint8Array): Promise<void> {
  stream.send(writer().bytes(bytes).finish())
  await hasRoom(stream)
}
