import { encodeJson, Float, nameOf, type Value } from '@ipvm/ipld'
import { cbor } from './people.ts'

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
