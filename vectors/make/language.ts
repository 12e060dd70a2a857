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

/** Selectors: what they find, where they lead nowhere, and what is none. */
export function selectors() {
  const finds = (selector: string, output: Value) => ({
    name: selector,
    selector,
    input: cbor(mail),
    output: cbor(output),
    outputText: encodeJson(output),
  })
  const nowhere = (selector: string) => ({
    name: `${selector} leads nowhere`,
    selector,
    input: cbor(mail),
    error: { name: 'Unresolvable' },
  })
  const malformed = (selector: string) => ({
    name: `${selector} is malformed`,
    selector,
    error: { name: 'MalformedSelector' },
  })
  return {
    valid: [
      finds('.', mail),
      finds('.from', mail.from),
      finds('.["from"]', mail.from),
      finds('.nested["any key"]', 1),
      finds('.nested["a.b"]', 2),
      finds('.nested[""]', 3),
      finds('.nested["say \\"hi\\""]', 4),
      finds('.nested.x-y', 5),
      finds('.to[0]', 'bob@example.com'),
      finds('.to.[0]', 'bob@example.com'),
      finds('.to[-1]', 'dan@example.com'),
      finds('.to[1:]', mail.to.slice(1)),
      finds('.to[:1]', mail.to.slice(0, 1)),
      finds('.to[1:2]', mail.to.slice(1, 2)),
      finds('.to[-2:-1]', mail.to.slice(-2, -1)),
      finds('.to[2:1]', []),
      finds('.to[7:]', []),
      finds('.to[]', mail.to),
      finds('.to[][1]', 'carol@example.com'),
      // In the order of DAG-CBOR: by the length of the key, then bytewise.
      finds('.nested[]', [3, 7, 6, 2, 5, 1, 4]),
      finds('.body[0]', 72),
      finds('.body[-1]', 105),
      finds('.body[1:]', Uint8Array.of(105)),
      finds('.price', new Float(2)),
      finds('.none', null),
      finds('.missing', null),
      finds('.missing?', null),
      finds('.nested.missing', null),
      finds('.from.x?', null),
      finds('.to[9]?', null),
      finds('.to[9]???', null),
      finds('.from[]?', null),
    ],
    invalid: [
      ...['.missing.x', '.from.x', '.from[0]', '.from[0:1]', '.to.x', '.to[3]', '.to[-4]', '.none[]', '.price[0]'].map(
        nowhere,
      ),
      // The first part that leads nowhere ends it, whatever follows.
      ...['.missing.x.y?', '.to[9].x?'].map(nowhere),
      ...[
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
      ].map(malformed),
    ],
  }
}
