import { buffer } from 'node:stream/consumers'
import { codec, decode, decodeCar, decodeJson, isMap, type Block } from '@ipvm/ipld'
import { readContainer } from '@ipvm/ucan/container'
import { orStop, Stop } from '../exit.ts'
import { printable } from '../output.ts'
import { readInput } from './file.ts'

/** The tokens of a file, and what kind of file it was. */
export interface TokenFile {
  readonly kind: string
  readonly tokens: readonly Uint8Array[]
  /** The other blocks that a CAR brought. */
  readonly blocks: readonly Block[]
}

/** Reads a container, a single token or a CAR, from a file or (`-`) the standard input. */
export async function readTokens(path: string): Promise<TokenFile> {
  const bytes = path === '-' ? new Uint8Array(await buffer(process.stdin)) : await readInput(path)
  if (bytes.length === 0) throw new Stop({ name: 'MalformedToken', message: `${nameOf(path)} is empty` })
  if (isToken(bytes)) return { kind: 'token', tokens: [bytes], blocks: [] }
  if ('@BCMOP'.includes(String.fromCharCode(bytes[0] ?? 0))) {
    const container = orStop(await readContainer(withoutLineEnd(bytes)))
    return { kind: `container (${container.format})`, tokens: container.tokens, blocks: [] }
  }
  const car = decodeCar(bytes)
  if ('error' in car) {
    const said = refusalIn(bytes)
    if (said !== undefined) throw new Stop({ name: 'Refused', message: `${nameOf(path)} holds a refusal: ${said}` })
    const message = `${nameOf(path)} is no container, token or CAR: ${car.error.message}`
    throw new Stop({ name: 'MalformedToken', message })
  }
  const tokens: Uint8Array[] = []
  const blocks: Block[] = []
  for (const block of car.ok.blocks) {
    // A container among the blocks is what a request travels in.
    const inner = block.bytes[0] === 0x40 ? await readContainer(block.bytes) : undefined
    if (inner && 'ok' in inner) tokens.push(...inner.ok.tokens)
    // A piece of a file may look like one.
    else if (block.cid.code === codec.dagCbor && isToken(block.bytes)) tokens.push(block.bytes)
    else blocks.push(block)
  }
  return { kind: 'CAR', tokens, blocks }
}

/** What a node says in place of an answer, as `curl` writes it into a file. */
function refusalIn(bytes: Uint8Array): string | undefined {
  const json = decodeJson(new TextDecoder().decode(bytes))
  if ('error' in json || !isMap(json.ok)) return undefined
  const { error = json.ok } = json.ok
  return isMap(error) && typeof error.message === 'string' ? printable(error.message) : undefined
}

/** An envelope is a list of two, whose first is a signature. */
function isToken(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x82) return false
  const value = decode(bytes)
  return 'ok' in value && Array.isArray(value.ok) && value.ok[0] instanceof Uint8Array
}

/** A container in text may have passed an editor or an echo. */
function withoutLineEnd(bytes: Uint8Array): Uint8Array {
  let end = bytes.length
  while (
    end > 1 &&
    (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d) &&
    'BCOP'.includes(String.fromCharCode(bytes[0] ?? 0))
  ) {
    end -= 1
  }
  return bytes.subarray(0, end)
}

function nameOf(path: string): string {
  return path === '-' ? 'the standard input' : path
}
