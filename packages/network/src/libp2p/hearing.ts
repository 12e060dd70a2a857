import type { Stream } from '@libp2p/interface'
import { reader, writer, type Reader, type Writer } from 'protons-runtime'
import { overlay } from './overlay.ts'

/** The fields of a message of gossip (`rpc.proto` of gossipsub) in which topics are named. */
const field = { messages: 2, control: 3, ihave: 1, topicOfMessage: 4, topicOfIhave: 1 } as const

const wireBytes = 2

/**
 * A stream of gossip to a peer who hears only some topics: of each message that is sent, what is of other topics is taken
 * out, whether it was said here, passed on or asked for by its hash. This is the last place before the wire, so nothing
 * that gossip does can pass by it.
 */
export function heardBy(stream: Stream, mayHear: (topic: string) => boolean): Stream {
  return overlay(stream, {
    send: data => {
      const bytes = withoutTopics(data.subarray(), mayHear)
      return bytes.length === 0 ? stream.writeStatus === 'writable' : stream.send(bytes)
    },
  })
}

/** One message of gossip, its length before it, without what is of topics that may not be heard; maybe nothing. */
function withoutTopics(prefixed: Uint8Array, mayHear: (topic: string) => boolean): Uint8Array {
  const whole = reader(prefixed)
  const out = writer()
  let isWhole = true
  const left = (isLeft: boolean) => {
    isWhole &&= isLeft
    return isLeft
  }
  const message = reader(whole.bytes())
  eachField(message, out, (number, bytes) => {
    if (number === field.messages) return left(mayHear(topicIn(bytes, field.topicOfMessage))) ? bytes : undefined
    if (number !== field.control) return bytes
    const control = writer()
    eachField(reader(bytes), control, (kind, part) =>
      kind !== field.ihave || left(mayHear(topicIn(part, field.topicOfIhave))) ? part : undefined,
    )
    const kept = control.finish()
    return kept.length > 0 ? kept : undefined
  })
  if (isWhole) return prefixed
  const kept = out.finish()
  return kept.length === 0 ? kept : writer().bytes(kept).finish()
}

/** Copies the fields of bytes as `keep` gives them; all others as they are. */
function eachField(
  from: Reader,
  to: Writer,
  keep: (number: number, bytes: Uint8Array) => Uint8Array | undefined,
): void {
  while (from.pos < from.len) {
    const tag = from.uint32()
    if ((tag & 7) === wireBytes) {
      const bytes = keep(tag >>> 3, from.bytes())
      if (bytes) to.uint32(tag).bytes(bytes)
    } else {
      to.uint32(tag).uint64(from.uint64())
    }
  }
}

function topicIn(bytes: Uint8Array, topicField: number): string {
  const message = reader(bytes)
  let topic = ''
  while (message.pos < message.len) {
    const tag = message.uint32()
    if (tag >>> 3 === topicField && (tag & 7) === wireBytes) topic = message.string()
    else message.skipType(tag & 7)
  }
  return topic
}
