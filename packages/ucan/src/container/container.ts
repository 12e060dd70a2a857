import {
  cidKey,
  cidOf,
  codec,
  decode,
  encode,
  error,
  isMap,
  ok,
  type CID,
  type Failure,
  type Result,
  type Value,
} from '@ipvm/ipld'
import type { ResolveProof } from '../chain/context.ts'
import { decodeDelegation } from '../delegation/delegation.ts'
import { containerBytesMax, containerTokensMax } from '../limits.ts'
import { fromBase64, toBase64, type Base64 } from './base64.ts'
import { gunzip, gzip } from './gzip.ts'

/** How a container is written: the text forms go where only text can (UCAN Container § Encoding). */
export type ContainerFormat = 'raw' | 'base64' | 'base64url' | 'raw+gzip' | 'base64+gzip' | 'base64url+gzip'

/** The bytes are not a container, or one too large. */
export interface MalformedContainer extends Failure {
  readonly name: 'MalformedContainer'
}

/** A container as it was read. */
export interface Container {
  readonly format: ContainerFormat
  /** The tokens' bytes, in the order they came in, each on its own memory. None was decoded yet. */
  readonly tokens: readonly Uint8Array[]
}

interface Layout {
  readonly header: string
  readonly text: Base64 | undefined
  readonly isZipped: boolean
}

const layouts: Readonly<Record<ContainerFormat, Layout>> = {
  raw: { header: '@', text: undefined, isZipped: false },
  base64: { header: 'B', text: 'base64', isZipped: false },
  base64url: { header: 'C', text: 'base64url', isZipped: false },
  'raw+gzip': { header: 'M', text: undefined, isZipped: true },
  'base64+gzip': { header: 'O', text: 'base64', isZipped: true },
  'base64url+gzip': { header: 'P', text: 'base64url', isZipped: true },
}

/** The header byte of every format. */
export const containerFormats = Object.keys(layouts) as readonly ContainerFormat[]

const key = 'ctn-v1'
const ascii = new TextDecoder('latin1')
const utf8 = new TextEncoder()

/**
 * Writes tokens into a container, sorted bytewise, each once (UCAN Container § Structure).
 *
 * @throws RangeError when there are more than `containerTokensMax`
 */
export async function writeContainer(
  tokens: readonly Uint8Array[],
  format: ContainerFormat = 'raw',
): Promise<Uint8Array<ArrayBuffer>> {
  if (tokens.length > containerTokensMax) {
    throw new RangeError(`a container holds at most ${containerTokensMax} tokens, not ${tokens.length}`)
  }
  const unique = tokens.length < 2 ? tokens : sortedOnce(tokens)
  const { header, text, isZipped } = layouts[format]
  const content = encode({ [key]: unique })
  const packed = isZipped ? await gzip(content) : content
  const body = text ? utf8.encode(toBase64(packed, text)) : packed
  const bytes = new Uint8Array(1 + body.length)
  bytes[0] = header.charCodeAt(0)
  bytes.set(body, 1)
  return bytes
}

/**
 * Reads a container in any of the six formats; its tokens may stand in any order. Failure: `MalformedContainer`; also
 * for more than 16 MiB after decompression, or more than 1,024 tokens.
 */
export async function readContainer(bytes: Uint8Array): Promise<Result<Container, MalformedContainer>> {
  const header = String.fromCharCode(bytes[0] ?? 0)
  const format = containerFormats.find(name => layouts[name].header === header)
  if (format === undefined) {
    const code = bytes[0]?.toString(16) ?? 'nothing'
    return refuse(`begins with ${code}; a container begins with one of @ B C M O P`)
  }
  const { text, isZipped } = layouts[format]
  const longest = text ? Math.ceil(containerBytesMax / 3) * 4 : containerBytesMax
  if (bytes.length - 1 > longest) return refuse(tooLarge)
  const packed = text ? fromBase64(ascii.decode(bytes.subarray(1)), text) : bytes.subarray(1)
  if (packed === undefined) return refuse(`is not ${text}`)
  const content = isZipped ? await gunzip(Uint8Array.from(packed), containerBytesMax) : packed
  if (content === 'too large') return refuse(tooLarge)
  if (content === undefined) return refuse('is not gzip')
  const tokens = readTokens(content)
  return 'error' in tokens ? tokens : ok({ format, tokens: tokens.ok })
}

const tooLarge = `has more than ${containerBytesMax} bytes`

function readTokens(content: Uint8Array): Result<readonly Uint8Array[], MalformedContainer> {
  // The map, its list, and the tokens: what holds more is refused before it takes memory.
  const decoded = decode(content, undefined, containerTokensMax + 2)
  if ('error' in decoded) return refuse(`holds what is ${decoded.error.message}`)
  const list = isMap(decoded.ok) && Object.keys(decoded.ok).length === 1 ? decoded.ok[key] : undefined
  if (!Array.isArray(list)) return refuse(`does not hold {"${key}": [tokens]}`)
  const elements: readonly Value[] = list
  if (elements.length > containerTokensMax) return refuse(`holds more than ${containerTokensMax} tokens`)
  const tokens = elements.filter(element => element instanceof Uint8Array)
  if (tokens.length < elements.length) return refuse('holds what is not bytes among its tokens')
  // A copy each, so that one token that is kept does not keep all of them in memory.
  return ok(tokens.map(token => new Uint8Array(token)))
}

/**
 * Finds proofs among tokens for `validate`, whatever their order. Each is hashed once here, and decoded when it is
 * asked for.
 */
export function proofsOf(tokens: readonly Uint8Array[]): ResolveProof {
  const byName = new Map<string, { readonly cid: CID; readonly token: Uint8Array }>()
  for (const token of tokens) {
    const cid = cidOf(codec.dagCbor, token)
    byName.set(cidKey(cid), { cid, token })
  }
  return asked => {
    const found = byName.get(cidKey(asked))
    const proof = found && decodeDelegation(found.token, found.cid)
    // What is asked for and is no delegation is handed on as it is, to be refused as that and not as missing.
    return proof && ('ok' in proof ? proof.ok : found.token)
  }
}

function refuse(problem: string): { readonly error: MalformedContainer } {
  return error({ name: 'MalformedContainer', message: `the container ${problem}` })
}

function sortedOnce(tokens: readonly Uint8Array[]): readonly Uint8Array[] {
  const sorted = [...tokens].sort(compareBytes)
  return sorted.filter((token, i) => i === 0 || compareBytes(token, sorted[i - 1] ?? token) !== 0)
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length)
  for (let i = 0; i < shorter; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}
