import { encodeJson, Float, nameOf, type Value } from '@ipvm/ipld'
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

const letter = {
  count: 3,
  whole: new Float(3),
  half: 2.5,
  huge: 2n ** 60n,
  subject: 'Re: lunch*',
  to: ['bob@example.com', 'carol@example.com'],
  people: { alice: { age: 30 }, bob: { age: 40 } },
  link: nameOf('x'),
  bytes: Uint8Array.of(1, 2),
  empty: [],
  pairs: { 'x-y': 1 },
}

const holding: readonly Value[] = [
  ['==', '.count', 3],
  ['==', '.count', new Float(3)],
  ['==', '.whole', 3],
  ['==', '.huge', new Float(2 ** 60)],
  ['==', '.people', { alice: { age: new Float(30) }, bob: { age: 40 } }],
  ['==', '.link', nameOf('x')],
  ['==', '.bytes', Uint8Array.of(1, 2)],
  ['==', '.missing', null],
  ['==', '.missing?', null],
  ['!=', '.count', '3'],
  ['!=', '.bytes', [1, 2]],
  ['<', '.half', 3],
  ['<=', '.count', new Float(3)],
  ['>', '.huge', 2 ** 53],
  ['>=', '.whole', 3],
  ['like', '.subject', 'Re:*'],
  ['like', '.subject', '*lunch\\*'],
  ['like', '.subject', '*'],
  ['not', ['==', '.count', 4]],
  ['not', ['<', '.subject', 4]],
  ['and', []],
  ['or', []],
  [
    'or',
    [
      ['==', '.count', 4],
      ['==', '.count', 3],
    ],
  ],
  [
    'or',
    [
      ['==', '.subject.x', 4],
      ['==', '.count', 3],
    ],
  ],
  ['all', '.to', ['like', '.', '*@example.com']],
  ['all', '.people', ['>', '.age', 20]],
  ['all', '.empty', ['==', '.', 1]],
  ['any', '.to', ['==', '.', 'bob@example.com']],
  ['any', '.people', ['==', '.age', 40]],
]

const failing: readonly (readonly [string, Value])[] = [
  ['another integer', ['==', '.count', 4]],
  ['text is no number', ['==', '.count', '3']],
  ['an integer beside a float of 2^60', ['==', '.huge', 2n ** 60n + 1n]],
  ['bytes are no list', ['==', '.bytes', [1, 2]]],
  ['1 equals 1.0, so it is not unequal', ['!=', '.whole', 3]],
  ['an order of what is no number', ['<', '.subject', 4]],
  ['equal is not less', ['<', '.whole', 3]],
  ['a pattern fits the whole text', ['like', '.subject', 'lunch']],
  ['a pattern tells upper from lower case', ['like', '.subject', 're:*']],
  ['a pattern on what is no text', ['like', '.count', '*']],
  [
    'and needs all',
    [
      'and',
      [
        ['==', '.count', 3],
        ['==', '.count', 4],
      ],
    ],
  ],
  ['or needs one', ['or', [['==', '.count', 4]]]],
  ['all needs all', ['all', '.people', ['>', '.age', 30]]],
  ['any needs one', ['any', '.people', ['>', '.age', 40]]],
  ['any of nothing', ['any', '.empty', ['==', '.', 1]]],
  ['all of what is no collection', ['all', '.count', ['==', '.', 3]]],
  ['a quoted key is looked at', ['!=', '.pairs["x-y"]', 1]],
  ['a key with a hyphen is looked at', ['!=', '.pairs.x-y', 1]],
  ['unresolvable', ['==', '.subject.x', 1]],
  ['not of unresolvable', ['not', ['==', '.subject.x', 1]]],
  ['not of not of unresolvable', ['not', ['not', ['==', '.subject.x', 1]]]],
  ['unequal to unresolvable', ['!=', '.subject.x', 1]],
  ['all with an element that is unresolvable', ['all', '.to', ['==', '.x', 1]]],
]

const malformed: readonly (readonly [string, Value])[] = [
  ['no list', { '==': 1 }],
  ['a statement that is no list', ['==', '.a', 1]],
  ['an unknown operator', [['===', '.a', 1]]],
  ['an unknown operator under not', [['not', ['===', '.a', 1]]]],
  [
    'an unknown operator beside a true one',
    [
      [
        'or',
        [
          ['==', '.missing', null],
          ['~', '.a', 1],
        ],
      ],
    ],
  ],
  ['an operand too few', [['==', '.a']]],
  ['an operand too many', [['==', '.a', 1, 2]]],
  ['a malformed selector', [['==', '.a..b', 1]]],
  ['a selector that is no text', [['==', 1, 1]]],
  ['an order of texts', [['<', '.a', 'b']]],
  ['a pattern that is no text', [['like', '.a', 1]]],
  ['nested 33 deep', [Array.from({ length: 32 }).reduce<Value>(inner => ['not', inner], ['==', '.a', 1])]],
  ['1,025 statements', Array.from({ length: 1025 }, () => ['==', '.a', null])],
]

/** Policies: what holds, what does not, and what is none. `policyText` is for people; the bytes decide. */
export function policies() {
  const text = (policy: Value) => encodeJson(policy).slice(0, 200)
  return {
    valid: holding.map(statement => ({
      name: text(statement),
      args: cbor(letter),
      policy: cbor([statement]),
      policyText: text([statement]),
    })),
    invalid: [
      ...failing.map(([name, statement]) => ({
        name,
        args: cbor(letter),
        policy: cbor([statement]),
        policyText: text([statement]),
        error: { name: 'MatchError' },
      })),
      ...malformed.map(([name, policy]) => ({
        name,
        args: cbor(letter),
        policy: cbor(policy),
        policyText: text(policy),
        error: { name: 'MalformedPolicy' },
      })),
    ],
  }
}

/** DAG-CBOR: what is canonical, and what is refused before any signature is looked at. */
export function encodings() {
  const valid = (name: string, hex: string) => ({ name, bytes: base64Of(hex) })
  const invalid = (name: string, hex: string) => ({ ...valid(name, hex), error: { name: 'MalformedCbor' } })
  return {
    valid: [
      valid('the float 1.0, which is not the integer 1', 'fb3ff0000000000000'),
      valid('the integer 1', '01'),
      valid('the float -0.0', 'fb8000000000000000'),
      valid('2^64 - 1', '1bffffffffffffffff'),
      valid('-2^64', '3bffffffffffffffff'),
      valid('keys by length, then bytewise', 'a361620161630262616103'),
      valid('the key __proto__', 'a1695f5f70726f746f5f5fa0'),
      valid('nested 128 deep', `${'81'.repeat(128)}80`),
    ],
    invalid: [
      invalid('an integer that is not in its shortest form', '1801'),
      invalid('a length that is not in its shortest form', '780161'),
      invalid('a float of 32 bits', 'fa3f800000'),
      invalid('a float of 16 bits', 'f93c00'),
      invalid('NaN', 'fb7ff8000000000000'),
      invalid('infinity', 'fb7ff0000000000000'),
      invalid('undefined', 'f7'),
      invalid('a list of no fixed length', '9f01ff'),
      invalid('a text of no fixed length', '7f6161ff'),
      invalid('keys that are not sorted', 'a2616201616101'),
      invalid('keys sorted without their length', 'a262616101616202'),
      invalid('a key twice', 'a2616101616102'),
      invalid('a key that is no text', 'a10101'),
      invalid('text that is not UTF-8', '62c328'),
      invalid('text with half a surrogate pair', '63eda080'),
      invalid('a tag other than 42', 'c11a514b67b0'),
      invalid('a link without its zero byte', 'd82a420155'),
      invalid('more after the value', '0101'),
      invalid('cut off', '8201'),
      invalid('a length beyond the end', '5b00000000ffffffff01'),
      invalid('nothing', ''),
      invalid('nested 1,000 deep', '81'.repeat(1000)),
    ],
  }
}

function base64Of(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64')
}
