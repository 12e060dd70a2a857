import { expect, test } from 'vitest'
import { matchesUrl, readUrlPattern } from './allow.ts'

const allows = (pattern: string, url: string) => {
  const read = readUrlPattern(pattern)
  if ('error' in read) throw new Error(read.error.message)
  return matchesUrl(read.ok, url)
}

test('a star of the path is any text, and a star of the host stays within the host', () => {
  for (const [pattern, url, expected] of [
    ['https://api.example.com/*', 'https://api.example.com/orders?id=1', true],
    ['https://api.example.com/*', 'https://api.example.com.evil.test/', false],
    ['https://api.example.com/*', 'https://api.example.com:8443/', false],
    ['https://api.example.com/*', 'http://api.example.com/', false],
    ['https://api.example.com/v1/*/read', 'https://api.example.com/v1/a/b/read', true],
    ['https://api.example.com/v1/*/read', 'https://api.example.com/v1/a/write?/read', true],
    ['https://api.example.com/', 'https://api.example.com/other', false],
    ['https://*.example.com/*', 'https://a.b.example.com/', true],
    ['https://*.example.com/*', 'https://example.com/', false],
    ['https://*.example.com/*', 'https://evilexample.com/', false],
    ['https://*.example.com/*', 'https://evil.test/.example.com/', false],
    ['https://*.example.com/*', 'https://evil.test/?x=a.example.com/', false],
    ['https://*/*', 'https://anything.test/x', true],
    ['https://*/*', 'https://anything.test:444/x', false],
    ['https://example.com:443/*', 'https://example.com/x', true],
    ['http://127.0.0.1:*/*', 'http://127.0.0.1:8080/x', true],
    ['http://[::1]:8080/*', 'http://[::1]:8080/x', true],
  ] as const) {
    expect([pattern, url, allows(pattern, url)]).toEqual([pattern, url, expected])
  }
})

test('what says no place is no pattern', () => {
  for (const text of [
    ...['', '*', 'https://*', 'https://example.com', 'https://example.com*', 'example.com/*', '*://example.com/*'],
    ...['https://a.*.example.com/*', 'https://*example.com/*', 'https://EXAMPLE.com/*', 'https://user@example.com/*'],
    ...['ftp://example.com/*', 'https:///*', 'https://example.com:x/*', 'https://bücher.example/*'],
  ]) {
    expect('error' in readUrlPattern(text), text).toBe(true)
  }
})
