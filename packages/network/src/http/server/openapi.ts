import type { Value, ValueMap } from '@ipvm/ipld'
import { media } from '../media.ts'

/** One operation, in few words. */
interface Operation {
  readonly summary: string
  readonly query?: Readonly<Record<string, string>>
  readonly takes?: readonly string[]
  readonly gives?: Readonly<Record<string, string>>
  readonly media?: readonly string[]
  readonly needs?: string
}

const wait = 'for how many seconds what is not done yet is waited for'

/** Every operation by method and path; the routes are compared with it in the tests. */
export const operations: Readonly<Record<string, Operation>> = {
  'POST /': {
    summary: 'Ask: a container of invocations and their proofs, or a CAR that brings documents and modules along.',
    query: { wait },
    takes: [media.container, media.car],
    gives: {
      200: 'a container of receipts',
      202: 'accepted, not done yet; Location and ipvm-pending say where to look',
    },
    media: [media.container, media.car],
  },
  'POST /reconcile': {
    summary: 'One message of a reconciliation of two sets of receipts.',
    takes: [media.reconcile],
    gives: { 200: 'the answer to it' },
    media: [media.reconcile],
  },
  'GET /ipfs/{cid}': {
    summary: 'A block, a CAR, or a file with ranges, by its CID (trustless gateway).',
    query: { format: 'raw or car', 'dag-scope': 'block, entity or all, of a CAR' },
    gives: { 200: 'what the CID names', 206: 'a part of a file', 304: 'you have it' },
    media: [media.raw, media.car, media.bytes, media.dagCbor],
    needs: '/block/get {cid}',
  },
  'PUT /ipfs/{cid}': {
    summary: 'Bring a file as its bytes, or any blocks as a CAR.',
    takes: [media.bytes, media.car],
    gives: { 201: 'it is kept', 422: 'it is not what its CID says' },
    needs: '/block/put {cid}',
  },
  'GET /receipts/{task}': {
    summary: 'All receipts of a task.',
    query: { wait },
    gives: { 200: 'a container of receipts' },
    media: [media.container],
    needs: '/receipt/read {task}',
  },
  'GET /workflows/{cid}': {
    summary: 'What is known of a workflow and its runs.',
    gives: { 200: 'DAG-JSON' },
    media: [media.dagJson],
    needs: '/workflow/read {workflow}',
  },
  'GET /workflows/{cid}/events': {
    summary: 'What happens in the newest run of a workflow, until it ends; Last-Event-ID resumes.',
    query: { after: 'the number of the last event that is known' },
    gives: { 200: 'events whose data are DAG-JSON' },
    media: [media.events],
    needs: '/workflow/read {workflow}',
  },
  'GET /topics': {
    summary: 'What is said under several topics.',
    query: {
      topic: 'a topic; as often as there are',
      answers: '1: whoever holds the stream answers what it is asked by it',
    },
    gives: { 200: 'events: hello, then messages as base64 under the name of their topic, and what is asked, as JSON' },
    media: [media.events],
    needs: '/receipt/read {topics}',
  },
  'GET /topics/{topic}': {
    summary: 'What is said under one topic.',
    gives: { 200: 'events: hello, then messages as base64' },
    media: [media.events],
    needs: '/receipt/read {topics}',
  },
  'POST /topics/{topic}': {
    summary: 'Say something under a topic.',
    takes: [media.bytes],
    gives: { 204: 'it was taken' },
    needs: '/receipt/write {topics}',
  },
  'GET /asked/{id}': {
    summary: 'What the node asks whoever holds a stream.',
    gives: { 200: 'the body of what is asked' },
    media: [media.bytes],
  },
  'POST /asked/{id}': {
    summary: 'Answer it: the status in ipvm-status, and the headers and the body of the answer.',
    takes: [media.container, media.car, media.reconcile, media.raw],
    gives: { 204: 'it was taken' },
  },
  'GET /healthz': {
    summary: 'Whether the node is well.',
    gives: { 200: 'it is', 503: 'it is not' },
    media: [media.json],
  },
  'GET /.well-known/did.json': { summary: "The node's DID document.", gives: { 200: 'it' }, media: [media.json] },
  'GET /.well-known/ipvm-peer': {
    summary: 'The signed record of where the node is.',
    gives: { 200: 'an invocation of /peer/assert' },
    media: [media.dagCbor],
  },
  'GET /openapi.json': { summary: 'This document.', gives: { 200: 'it' }, media: [media.json] },
}

const refusals: Readonly<Record<string, string>> = {
  400: 'malformed',
  401: 'the Authorization header is no container with one invocation',
  403: 'refused, with the reason',
  404: 'not here',
  413: 'too large',
  503: 'busy; Retry-After says when to ask again',
}

/** The OpenAPI 3.1 document of a node. */
export function openApi(): ValueMap {
  const paths: Record<string, Record<string, Value>> = {}
  for (const [key, operation] of Object.entries(operations)) {
    const [method = '', path = ''] = key.split(' ')
    paths[path] = { ...paths[path], [method.toLowerCase()]: described(path, operation) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'ipvm node', version: '1', description: 'One POST runs a task; everything is read by its CID.' },
    paths,
    components: {
      securitySchemes: {
        invocation: {
          type: 'http',
          scheme: 'bearer',
          description: 'A container as base64url: one invocation for at most five minutes, and its proofs.',
        },
      },
    },
  }
}

function described(
  path: string,
  { summary, query = {}, takes, gives = {}, media: types = [], needs }: Operation,
): Value {
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => parameter(name, 'path', `the ${name}`)),
    ...Object.entries(query).map(([name, description]) => parameter(name, 'query', description)),
  ]
  const content = (all: readonly string[]): ValueMap => Object.fromEntries(all.map(type => [type, {}]))
  const given = Object.entries(gives).map(([status, description]) => [
    status,
    { description, ...(types.length > 0 && status === '200' && { content: content(types) }) },
  ])
  const refused = Object.entries(refusals).map(([status, description]) => [status, { description }])
  return {
    summary,
    ...(parameters.length > 0 && { parameters }),
    ...(takes && { requestBody: { required: true, content: content(takes) } }),
    responses: { ...Object.fromEntries(refused), ...Object.fromEntries(given) },
    ...(needs !== undefined && { description: `Needs ${needs}.`, security: [{}, { invocation: [] }] }),
  }
}

function parameter(name: string, place: string, description: string): Value {
  return { name, in: place, description, required: place === 'path', schema: { type: 'string' } }
}
