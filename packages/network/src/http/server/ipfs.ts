import { codec, fileSize, linksOf, streamFile, writeCar, type Block, type CID } from '@ipvm/ipld'
import type { Context } from 'hono'
import { fetchBlocksMax } from '../../limits.ts'
import { streamOf, unshared } from '../body.ts'
import { blockType, formOf, media, type Form } from '../media.ts'
import { rangeOf } from '../range.ts'
import { malformed, notFound, refuse } from '../refuse.ts'
import { Given, readable, type Permitted, type Served } from './served.ts'

/** What is said of everything that a CID names: it never changes, and is no page of this origin. */
const fixedHeaders = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
  vary: 'Accept, Authorization',
}

const forever = 'max-age=29030400, immutable'

/**
 * `GET /ipfs/:cid`: a block, a CAR of all that it links to, or a file with ranges (Trustless Gateway; the file as
 * path gateways give it). `HEAD` is the same without the body.
 */
export function getIpfs(served: Served): (c: Context) => Promise<Response> {
  return readable(served, 'cid', { cmd: '/block/get', argument: 'cid' }, async (c, cid, permitted) => {
    const form = formOf(c.req.query('format'), c.req.header('accept'), cid.code)
    if (!form) return refuse(406, { name: 'NotAcceptable', message: 'given are raw, car, and files as they are' })
    const bytes = await served.port.block(cid, permitted.from)
    if (!bytes) return notFound(`block ${cid}`)
    const headers = headersOf(cid, form, permitted)
    if (isKnown(c.req.header('if-none-match'), headers.etag)) return new Response(null, { status: 304, headers })
    if (form === 'raw') return blockResponse(c, { cid, bytes }, headers)
    return form === 'car'
      ? carResponse(served, c, { cid, bytes }, permitted, headers)
      : fileResponse(served, c, cid, permitted, headers)
  })
}

type Headers = Readonly<Record<string, string>> & { readonly etag: string }

function headersOf(cid: CID, form: Form, { permission }: Permitted): Headers {
  const etag = form === 'file' ? `"${cid}"` : `${form === 'car' ? 'W/' : ''}"${cid}.${form}"`
  return {
    ...fixedHeaders,
    etag,
    'cache-control': `${permission.isPublic === true ? 'public' : 'private'}, ${forever}`,
    'x-ipfs-path': `/ipfs/${cid}`,
    'x-ipfs-roots': `${cid}`,
  }
}

/** `If-None-Match` compares weakly (RFC 9110 § 13.1.2). */
function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  const plain = (tag: string) => tag.trim().replace(/^W\//, '')
  return header.split(',').some(tag => tag.trim() === '*' || plain(tag) === plain(etag))
}

function blockResponse(c: Context, { cid, bytes }: Block, headers: Headers): Response {
  const wasAskedFor = c.req.query('format') === 'raw' || (c.req.header('accept') ?? '').includes(media.raw)
  return new Response(c.req.method === 'HEAD' ? null : unshared(bytes), {
    headers: {
      ...headers,
      'content-type': blockType(cid.code, wasAskedFor),
      'content-length': `${bytes.length}`,
      'content-disposition': `attachment; filename="${cid}.bin"`,
    },
  })
}

function carResponse(served: Served, c: Context, root: Block, permitted: Permitted, headers: Headers): Response {
  const scope = c.req.query('dag-scope') ?? 'all'
  if (scope !== 'all' && scope !== 'block' && scope !== 'entity') {
    return malformed('"dag-scope" is block, entity or all')
  }
  // An entity that is no file ends with its block (IPIP-402).
  const isAll = scope === 'all' || (scope === 'entity' && root.cid.code === codec.dagPb)
  const blocks = isAll ? wholeDag(served, root, permitted) : [root]
  return new Response(c.req.method === 'HEAD' ? null : streamOf(writeCar([root.cid], blocks), served.world), {
    headers: {
      ...headers,
      'content-type': `${media.car}; version=1; order=dfs; dups=n`,
      'content-disposition': `attachment; filename="${root.cid}.car"`,
    },
  })
}

/** A block and all that it links to, depth first, each once. Where one is missing the stream breaks off. */
async function* wholeDag({ port }: Served, root: Block, { from }: Permitted): AsyncGenerator<Block> {
  const given = new Given()
  const pending: CID[] = [root.cid]
  for (let cid = pending.pop(); cid; cid = pending.pop()) {
    if (!given.add(cid)) continue
    if (given.size > fetchBlocksMax) throw new RangeError(`${root.cid} has more than ${fetchBlocksMax} blocks`)
    const bytes = cid === root.cid ? root.bytes : await port.block(cid, from)
    if (!bytes) throw new RangeError(`block ${cid} of ${root.cid} is not here`)
    yield { cid, bytes }
    pending.push(...linksOf({ cid, bytes }).toReversed())
  }
}

async function fileResponse(
  served: Served,
  c: Context,
  cid: CID,
  { from }: Permitted,
  headers: Headers,
): Promise<Response> {
  const getBlock = (link: CID) => served.port.block(link, from)
  const size = await fileSize(cid, getBlock)
  if ('error' in size) return refuse(422, size.error)
  // A part of something else than what `If-Range` names would be put together with it.
  const ifRange = c.req.header('if-range')
  const part = ifRange === undefined || ifRange === headers.etag ? rangeOf(c.req.header('range'), size.ok) : undefined
  const typed = {
    ...headers,
    'content-type': media.bytes,
    'accept-ranges': 'bytes',
    'content-disposition': 'attachment',
  }
  if (part === 'none') {
    const message = `the file has ${size.ok} bytes`
    return refuse(416, { name: 'NoSuchRange', message }, { 'content-range': `bytes */${size.ok}` })
  }
  const length = part ? part.last - part.first + 1 : size.ok
  const range = part ? { offset: part.first, length } : {}
  const body = c.req.method === 'HEAD' ? null : streamOf(streamFile(cid, getBlock, range), served.world)
  const counted = { ...typed, 'content-length': `${length}` }
  if (!part) return new Response(body, { headers: counted })
  const place = { 'content-range': `bytes ${part.first}-${part.last}/${size.ok}` }
  return new Response(body, { status: 206, headers: { ...counted, ...place } })
}
