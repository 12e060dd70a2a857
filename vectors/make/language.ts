import { encodeJson, Float, type Value } from '@ipvm/ipld'
import { cbor } from './people.ts'

/** Commands: what is one, and what covers what. */
export function commands() {
  const covered = (name: string, command: string, covers: string) => ({ name, command, covers })
  const malformed = (name: string, command: string) => ({ name, command, error: { name: 'InvalidClaim' } })
  const uncovered = (name: string, command: string, covers: string) => ({
    ...covered(name, command, covers),
    error: { name: 'InvalidClaim' },
  })
  return {
    valid: [
      covered('root covers everything', '/', '/crypto/sign'),
      covered('itself', '/crypto', '/crypto'),
      covered('a segment below', '/crypto', '/crypto/sign'),
      covered('several segments below', '/crypto', '/crypto/sign/fast'),
      covered('not only Latin letters', '/ほげ', '/ほげ/ふが'),
      covered('digits and hyphens', '/v1', '/v1/a-b_c'),
    ],
    invalid: [
      uncovered('a prefix within a segment', '/crypto', '/cryptocurrency'),
      uncovered('a prefix within a later segment', '/crypto/sign', '/crypto/signal'),
      uncovered('wider', '/crypto/sign', '/crypto'),
      uncovered('root', '/crypto', '/'),
      uncovered('a sibling', '/crypto/sign', '/crypto/verify'),
      malformed('empty', ''),
      malformed('no leading slash', 'crypto'),
      malformed('a trailing slash', '/crypto/'),
      malformed('an empty segment', '/crypto//sign'),
      malformed('two slashes', '//'),
      malformed('upper case', '/Crypto'),
      malformed('upper case beyond ASCII', '/É'),
    ],
  }
}

const mail = {
  from: 'alice@example.com',
  to: ['bob@example.com', 'carol@example.com', 'dan@example.com'],
  body: Uint8Array.of(72, 105),
  price: new Float(2),
  none: null,
  nested: { 'any key': 1, 'a.b': 2, '': 3, 'say "hi"': 4, 'x-y': 5, 10: 6, a: 7 },
}

const found: readonly (readonly [string, Value])[] = [
  ['.', mail],
  ['.from', mail.from],
  ['.["from"]', mail.from],
  ['.nested["any key"]', 1],
  ['.nested["a.b"]', 2],
  ['.nested[""]', 3],
  ['.nested["say \\"hi\\""]', 4],
  ['.nested.x-y', 5],
  ['.to[0]', 'bob@example.com'],
  ['.to.[0]', 'bob@example.com'],
  ['.to[-1]', 'dan@example.com'],
  ['.to[1:]', mail.to.slice(1)],
  ['.to[:1]', mail.to.slice(0, 1)],
  ['.to[1:2]', mail.to.slice(1, 2)],
  ['.to[-2:-1]', mail.to.slice(-2, -1)],
  ['.to[2:1]', []],
  ['.to[7:]', []],
  ['.to[]', mail.to],
  ['.to[][1]', 'carol@example.com'],
  // In the order of DAG-CBOR: by the length of the key, then bytewise.
  ['.nested[]', [3, 7, 6, 2, 5, 1, 4]],
  ['.body[0]', 72],
  ['.body[-1]', 105],
  ['.body[1:]', Uint8Array.of(105)],
  ['.price', new Float(2)],
  ['.none', null],
  ['.missing', null],
  ['.missing?', null],
  ['.nested.missing', null],
  ['.from.x?', null],
  ['.to[9]?', null],
  ['.to[9]???', null],
  ['.from[]?', null],
]

// The first part that leads nowhere ends it, whatever follows.
const nowhere = [
  '.missing.x',
  '.from.x',
  '.from[0]',
  '.from[0:1]',
  '.to.x',
  '.to[3]',
  '.to[-4]',
  '.none[]',
  '.price[0]',
  '.missing.x.y?',
  '.to[9].x?',
]

const malformed = [
  '',
  'from',
  '..',
  '.from..to',
  '.from.',
  '.from|to',
  '.[from]',
  '.[',
  '.["a]',
  '.[1',
  '.[:]',
  '.[-]',
  '.[1.5]',
  '. from',
  '.from to',
  '.0',
  '?',
]

/** Selectors: what they find, where they lead nowhere, and what is none. */
export function selectors() {
  const input = cbor(mail)
  return {
    valid: found.map(([selector, output]) => ({
      name: selector,
      selector,
      input,
      output: cbor(output),
      outputText: encodeJson(output),
    })),
    invalid: [
      ...nowhere.map(selector => ({
        name: `${selector} leads nowhere`,
        selector,
        input,
        error: { name: 'Unresolvable' },
      })),
      ...malformed.map(selector => ({
        name: `${selector} is malformed`,
        selector,
        error: { name: 'MalformedSelector' },
      })),
    ],
  }
}
