import { Resolver } from 'node:dns/promises'
import { addressBytes, isHost, isNameServer } from '@ipvm/egress'
import type { Value } from '@ipvm/ipld'
import type { EffectOutcome } from '@ipvm/runtime'
import { matchesGlob, parseGlob } from '@ipvm/ucan'
import * as v from 'valibot'
import { allowEntryLengthMax, allowListMax, dnsMilliseconds, dnsTries } from '../limits.ts'
import { builtIn } from '../maker.ts'
import { records, recordTypes, type RecordType } from './records.ts'

const settings = v.strictObject({
  allow: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(allowEntryLengthMax))),
      v.maxLength(allowListMax),
      v.description('which names may be asked for, such as `*.example.com`; a name that is asked for tells something'),
    ),
    ['*'],
  ),
  servers: v.optional(
    v.pipe(
      v.array(
        v.pipe(v.string(), v.check(isNameServer, 'a name server is an address, or one and a port: 127.0.0.1:53')),
      ),
      v.minLength(1),
      v.description("the name servers that are asked, such as `127.0.0.1:5353`; the system's, where not given"),
    ),
  ),
})

const args = v.strictObject({
  name: v.pipe(
    v.string(),
    v.check(
      name => name === name.toLowerCase() && isHost(name),
      'expected a name in small letters without a dot at its end, such as _dmarc.example.com',
    ),
    v.description('a name in small letters; of `PTR` also an address'),
  ),
  type: v.pipe(v.picklist(recordTypes), v.description('which records')),
})

/** `{name, type}` → a list of records */
export const dnsResolve = builtIn({
  cmd: '/dns/resolve',
  class: 'query',
  about: {
    summary: 'Asks a name server for the records of a name.',
    result:
      'a list, empty where there are none of that type: `{address, ttl}` of A and AAAA, text of CNAME, NS, PTR and TXT, `{priority, exchange}` of MX, `{priority, weight, port, target}` of SRV, `{usage, selector, match, data}` of TLSA, and so on',
    example: {
      args: { name: 'example.com', type: 'MX' },
      ...{ policy: [['like', '.name', '*example.com']], refused: { name: 'example.net', type: 'MX' } },
    },
  },
  args,
  settings,
  list: { name: 'allow', example: '*.example.com' },
  make: ({ allow, servers }) => {
    const globs = allow.map(parseGlob)
    return {
      run: async ({ name, type }, { signal }) => {
        if (globs.some(glob => matchesGlob(glob, name))) return resolve(name, type, servers, signal)
        const message = `"${name}" is not in the list of names that may be asked for`
        return { error: { name: 'EgressRefused', message }, verdict: 'final' }
      },
    }
  },
})

async function resolve(
  name: string,
  type: RecordType,
  servers: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<EffectOutcome> {
  const resolver = new Resolver({ timeout: dnsMilliseconds, tries: dnsTries })
  if (servers) resolver.setServers(servers)
  const cancel = () => resolver.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    const asked = type === 'PTR' ? reversed(name) : name
    const found: readonly Value[] = await records(resolver, asked, type)
    return { ok: found }
  } catch (thrown) {
    return refusedBy(thrown, name, type)
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

function refusedBy(thrown: unknown, name: string, type: RecordType): EffectOutcome {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  if (code === 'ENODATA') return { ok: [] }
  if (code === 'ENOTFOUND') {
    return { error: { name: 'NoSuchName', message: `there is no "${name}"; look at its spelling` }, verdict: 'final' }
  }
  const why = thrown instanceof Error ? thrown.message : String(thrown)
  const message = `no name server told the ${type} records of "${name}": ${why}`
  return { error: { name: 'NoNameServer', message }, verdict: 'again' }
}

/** The name under which an address has its names (RFC 1035 § 3.5, RFC 3596 § 2.5); any other name stays. */
function reversed(name: string): string {
  const bytes = addressBytes(name)
  if (!bytes) return name
  if (bytes.length === 4) return `${bytes.toReversed().join('.')}.in-addr.arpa`
  const nibbles = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
  return `${[...nibbles].toReversed().join('.')}.ip6.arpa`
}
