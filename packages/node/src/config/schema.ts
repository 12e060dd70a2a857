import { isNameServer, readException, readPrefix, type Exception } from '@ipvm/egress'
import { bodyBytesMax, putBytesMax } from '@ipvm/network/limits'
import { defaultAdmission } from '@ipvm/service/admission'
import { isCommand, type Command } from '@ipvm/ucan'
import type { Did } from '@ipvm/varsig'
import * as v from 'valibot'
import {
  bodyBytesMin,
  connectionsDefault,
  connectionsPerAddressDefault,
  drainSecondsDefault,
  drainSecondsMax,
  servePortDefault,
} from '../limits.ts'

/** What a setting is for; `isPath` is that it names a file, or files. */
export interface About {
  readonly about: string
  readonly isPath?: boolean
}

const abouts = new WeakMap<object, About>()

const isFile = { isPath: true }

const command = v.custom<Command>(
  text => typeof text === 'string' && isCommand(text),
  'write a command, or what covers several, such as "/http/get" or "/http"',
)

const path = v.pipe(v.string(), v.minLength(1))

const count = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most))

const nameServer = v.pipe(
  v.string(),
  v.check(isNameServer, 'write the address of a name server, such as "9.9.9.9" or "127.0.0.1:5353"'),
)

const proxy = v.pipe(
  v.string(),
  v.check(text => readPrefix(text) !== undefined, 'write an address or a range, such as "10.0.0.5" or "10.0.0.0/8"'),
)

const origin = v.pipe(
  v.string(),
  v.check(
    text => URL.canParse(text) && new URL(text).origin === text,
    'write an origin, such as "https://app.example", without a path or a slash at its end',
  ),
)

const url = v.pipe(
  v.string(),
  v.check(
    text => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
    'write an address such as "https://node.example"',
  ),
)

const hostName = v.pipe(
  v.string(),
  v.toLowerCase(),
  v.check(
    text => /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(text),
    'write a name without port or scheme, such as "node.example"',
  ),
)

const didWeb = v.custom<Did>(
  text => typeof text === 'string' && /^did:web:[A-Za-z0-9.-]+(%3A\d{1,5})?(:[A-Za-z0-9._~-]+)*$/.test(text),
  'write a DID such as "did:web:node.example"',
)

const address = v.pipe(v.string(), v.minLength(1), v.maxLength(512))

const serve = v.strictObject({
  host: told(
    'The address of this machine on which it listens; 127.0.0.1 is this machine alone, 0.0.0.0 every one.',
    v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(255)), '127.0.0.1'),
  ),
  port: told(
    'The port on which it listens; 0 lets the system choose one.',
    v.optional(
      v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535, 'a port is a number up to 65535')),
      servePortDefault,
    ),
  ),
  tls: v.optional(
    v.strictObject({
      cert: told(
        'The file of its certificate and those between, PEM; read again when it changes.',
        v.optional(path),
        isFile,
      ),
      key: told('The file of the key of the certificate, PEM.', v.optional(path), isFile),
    }),
    {},
  ),
  names: told(
    'Host names under which it is asked; where there are some, it answers under no other.',
    v.optional(v.array(hostName), []),
  ),
  origins: told(
    'The web origins whose pages may ask it (CORS): a list, or "*" for every page.',
    v.optional(v.union([v.literal('*'), v.array(origin)], 'write "*" or a list of origins'), []),
  ),
  trustProxy: told('Proxies whose X-Forwarded-For is believed: addresses or ranges.', v.optional(v.array(proxy), [])),
  metrics: told(
    'Who may read /metrics: "authorised" (who may do /node/read), "loopback" (this machine, too), "off".',
    v.optional(v.picklist(['authorised', 'loopback', 'off']), 'authorised'),
  ),
  drain: told(
    'For how long requests under way may go on when it ends, seconds.',
    v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(drainSecondsMax)), drainSecondsDefault),
  ),
  connections: told('How many connections it takes at once.', v.optional(count(1_000_000), connectionsDefault)),
  connectionsPerAddress: told(
    'How many of them may be from one address; this machine and proxies may have more.',
    v.optional(count(1_000_000), connectionsPerAddressDefault),
  ),
})

const network = v.strictObject({
  addresses: told(
    'Where others reach it, as it tells them, such as "https://node.example".',
    v.optional(v.array(url), []),
  ),
  public: told(
    'Commands that anybody may have it do, such as "/wasm/run" or "/block/get".',
    v.optional(v.array(command), []),
  ),
  peers: told(
    'Addresses of others that it stays connected to, beside those of ipvm peers.',
    v.optional(v.array(address), []),
  ),
  bootstrap: told(
    'Addresses by which libp2p finds more peers; none, so that it is private.',
    v.optional(v.array(address), []),
  ),
  libp2p: v.optional(
    v.strictObject({
      listen: told(
        'Addresses on which libp2p listens, such as "/ip4/0.0.0.0/tcp/4787", "…/ws" or "…/p2p/ID/p2p-circuit"; with none it only goes to others.',
        v.optional(v.array(address), []),
      ),
      announce: told(
        'Addresses at which others reach libp2p, where they are others than those on which it listens.',
        v.optional(v.array(address), []),
      ),
      mdns: told(
        'Whether libp2p finds peers in the local network, and is found there: everybody in it hears its peer id and addresses, and may ask for its DID.',
        v.optional(v.boolean(), false),
      ),
      relay: told('Whether peers may reach each other through this node.', v.optional(v.boolean(), false)),
      dht: told('Whether it keeps and looks up, with its peers, who has what.', v.optional(v.boolean(), false)),
      bitswap: told(
        'Whether nodes of IPFS may fetch what everybody may read, and are asked for theirs.',
        v.optional(v.boolean(), false),
      ),
    }),
    {},
  ),
  limits: v.optional(
    v.strictObject({
      perAgent: told(
        'How many invocations a second somebody may make who proves what they may, for long.',
        v.optional(count(1_000_000), defaultAdmission.agent.perSecond),
      ),
      perAddress: told(
        'How many of public commands may come from one address a second, for long.',
        v.optional(count(1_000_000), defaultAdmission.open.perSecond),
      ),
      refused: told(
        'How many of one address may be refused a second before it is not listened to for a while.',
        v.optional(count(1_000_000), defaultAdmission.refused.perSecond),
      ),
      atOnce: told(
        'How many invocations of one agent, or one address, are worked at side by side.',
        v.optional(count(100_000), defaultAdmission.atOncePerAgent),
      ),
      tasksInLine: told(
        'From how many tasks in line for one command on no more runs of others are taken on.',
        v.optional(count(1_000_000), defaultAdmission.tasksInLine),
      ),
      runs: told(
        'From how many open runs on no more of others are taken on.',
        v.optional(count(1_000_000), defaultAdmission.runs),
      ),
      bodyBytes: told(
        'The largest request that is taken of others, with the modules and documents that it brings along, bytes.',
        v.optional(v.pipe(count(bodyBytesMax), v.minValue(bodyBytesMin)), bodyBytesMax),
      ),
      fileBytes: told(
        'The largest file that is taken by PUT /ipfs, bytes.',
        v.optional(count(putBytesMax), putBytesMax),
      ),
    }),
    {},
  ),
})

/** Every setting of a node: what it is, what it is where nobody says, and what it is for. */
export const schema = v.strictObject({
  effects: told(
    'What workflows may do to the world; see ipvm effects.',
    v.optional(
      v.record(
        command,
        v.union(
          [v.boolean(), v.record(v.string(), v.unknown())],
          'write true, false or {its settings}; see ipvm effects',
        ),
      ),
      {},
    ),
  ),
  custom: told(
    'Modules of effects of your own, which run with all of your rights.',
    v.optional(v.array(path), []),
    isFile,
  ),
  egress: v.optional(
    v.strictObject({
      private: told(
        'What may be reached that is not in public, such as "127.0.0.1:8080" or "10.0.0.0/8:443".',
        v.optional(v.array(v.pipe(v.string(), v.rawTransform(readPrivate))), []),
      ),
      dns: told('Name servers that are asked in place of those of the system.', v.optional(v.array(nameServer), [])),
      authorities: told(
        'Files of certificates that are trusted beside those of the system, PEM.',
        v.optional(v.array(path), []),
        isFile,
      ),
    }),
    {},
  ),
  serve: v.optional(serve, {}),
  network: v.optional(network, {}),
  didWeb: told('The did:web under which it is known, too, such as "did:web:node.example".', v.optional(didWeb)),
})

/** What a config says, checked. */
export type Settings = v.InferOutput<typeof schema>

/** What a setting is for; nothing for what has settings of its own. */
export function aboutOf(setting: object): About | undefined {
  return abouts.get(setting)
}

function told<T extends v.GenericSchema>(about: string, setting: T, more: Partial<About> = {}): T {
  abouts.set(setting, { about, ...more })
  return setting
}

function readPrivate({ dataset, addIssue, NEVER }: v.RawTransformContext<string>): Exception {
  const read = readException(dataset.value)
  if ('ok' in read) return read.ok
  addIssue({ message: read.error.message })
  return NEVER
}
