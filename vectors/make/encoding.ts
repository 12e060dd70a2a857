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
