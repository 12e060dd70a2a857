import { expect, test } from 'vitest'
import { readPlace } from './place.ts'

test('a URL of one spelling alone is a place', () => {
  for (const [url, host, port, tls] of [
    ['https://api.example.com/orders?id=1', 'api.example.com', 443, true],
    ['http://127.0.0.1:8080/', '127.0.0.1', 8080, false],
    ['https://[2606:4700::1111]/', '2606:4700::1111', 443, true],
    ['https://xn--bcher-kva.example/', 'xn--bcher-kva.example', 443, true],
    ['https://gitlab.example.com/api/v4/projects/group%2Fproject', 'gitlab.example.com', 443, true],
  ] as const) {
    expect(readPlace(url)).toMatchObject({ ok: { host, port, tls } })
  }
})

test('every other spelling is refused, and what a policy could not see', () => {
  for (const url of [
    ...['http://2130706433/', 'http://0x7f000001/', 'http://0177.0.0.1/', 'http://127.1/', 'http://0x7f.1/'],
    ...['http://[::ffff:127.0.0.1]/', 'http://[0:0:0:0:0:0:0:1]/', 'http://1.2.3.4./'],
    ...[
      'https://example.com',
      'https://EXAMPLE.com/',
      'https://example.com./',
      'https://example.com:443/',
      'HTTPS://example.com/',
    ],
    ...['https://bücher.example/', 'https://ｅxample.com/', 'https://exam%70le.com/', 'https://example。com/'],
    ...[
      'https://user@example.com/',
      'https://user:pass@example.com/',
      'https://@example.com/',
      'https://example.com@127.0.0.1/',
    ],
    ...['https://example.com/#part', 'https://example.com/#', 'https://example.com/a b', 'https://example.com/a\n'],
    ...[
      'https://example.com/a/../b',
      'https://example.com/a/%2e%2e/b',
      'https://example.com/a/..%2fb',
      'https://example.com/a/%2e%2E%5cb',
    ],
    ...['https:example.com/', 'https:\\\\example.com/', '//example.com/', 'example.com', ''],
    ...['ftp://example.com/', 'file:///etc/passwd', 'data:,x', 'gopher://example.com/', 'javascript:alert(1)'],
    ...['https://example.com:25/', 'https://example.com:6379/', 'http://example.com:0/', 'https://example.com:99999/'],
    ...['https://-example.com/', 'https://a..b/', `https://example.com/${'x'.repeat(9000)}`],
  ]) {
    const read = readPlace(url)
    expect('error' in read && read.error.name, url).toBe('EgressRefused')
  }
})
