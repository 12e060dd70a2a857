import { builtInEffects } from '@ipvm/effects'
import type { NodeConfig } from '../config/config.ts'
import { effectsOf } from '../config/config.ts'
import { usesLibp2p } from '../network/libp2p.ts'
import { isLoopback } from '../serve/address.ts'
import { readCertificate } from '../serve/certificate.ts'
import { certificateDaysLow } from '../limits.ts'
import { findingsOf, type Finding } from './finding.ts'

/** What the config says that its owner may not want. */
export function checkConfig(config: NodeConfig): readonly Finding[] {
  const { ok, warn, fail } = findingsOf('config')
  const set = config.placed.filter(({ origin }) => origin.type !== 'default').length
  const effects = effectsOf(config, [])
  // The owner's own effects are loaded by whoever runs them; here only what comes with ipvm is known.
  const isWrong = 'error' in effects && config.custom.length === 0 && builtInEffects.length > 0
  const { public: open } = config.network
  return [
    isWrong
      ? fail(effects.error.message, 'correct it; ipvm effects tells what there is')
      : ok(set === 0 ? 'nothing is set; all is as usual' : set === 1 ? '1 setting is set' : `${set} settings are set`),
    ...(open.includes('/')
      ? [
          warn(
            'network.public has "/": anybody may do anything here',
            'name the commands: ipvm config set network.public /wasm/run',
          ),
        ]
      : []),
  ]
}

/** What may leave the node. */
export function checkEgress({ egress }: NodeConfig): readonly Finding[] {
  const { ok, warn } = findingsOf('egress')
  const wide = egress.private.filter(({ prefix }) => prefix.bits === 0)
  if (wide.length > 0) {
    return [
      warn('workflows may reach every private address', 'name the places in egress.private, such as 127.0.0.1:8080'),
    ]
  }
  return [
    ok(
      egress.private.length === 0
        ? 'workflows reach what is in public alone'
        : `${egress.private.length} private places are open`,
    ),
  ]
}

/** The certificate, and whether what is served in the open has one. */
export async function checkTls({ serve, network }: NodeConfig, now: number): Promise<readonly Finding[]> {
  const { ok, warn, fail } = findingsOf('tls')
  const { cert, key } = serve.tls
  if (cert === undefined || key === undefined) {
    const isOpen = serve.isAsked && !isLoopback(serve.host) && serve.host !== 'localhost'
    const isSecure = network.addresses.length > 0 && network.addresses.every(address => address.startsWith('https:'))
    if (!isOpen || isSecure) return [ok('no certificate of its own is served')]
    const advice = 'set serve.tls.cert and serve.tls.key, or have a proxy in front and set network.addresses'
    return [
      warn('it is served without TLS: who is on the way reads along, though nobody can change what is signed', advice),
    ]
  }
  const read = await readCertificate({ cert, key })
  if ('error' in read)
    return [
      fail(
        read.error.message,
        'correct or renew it, or serve without: ipvm config unset serve.tls.cert and serve.tls.key',
      ),
    ]
  const days = Math.floor((read.ok.until.getTime() / 1000 - now) / 86_400)
  const until = read.ok.until.toISOString().slice(0, 10)
  if (days < 0)
    return [fail(`the certificate ended on ${until}`, `renew ${cert}; a node that is up takes the new one by itself`)]
  if (days < certificateDaysLow) return [warn(`the certificate ends in ${days} days, on ${until}`, `renew ${cert}`)]
  return [ok(`the certificate holds until ${until}`)]
}

/** The packages of libp2p, which need not be there. */
export async function checkLibp2p({ network }: NodeConfig): Promise<readonly Finding[]> {
  const { ok, fail } = findingsOf('libp2p')
  const { listen, mdns } = network.libp2p
  if (!usesLibp2p({ ...network.libp2p, bootstrap: network.bootstrap }))
    return [ok('it listens nowhere; network.libp2p.listen lets others come that way')]
  try {
    await import('@ipvm/network/libp2p')
    const where = listen.length > 0 ? `it listens at ${listen.join(', ')}` : 'it listens nowhere'
    const near = mdns
      ? 'everybody in the local network hears its peer id and addresses, and may ask for its DID (network.libp2p.mdns)'
      : 'it is not announced in the local network'
    return [ok(`${where}; ${near}`)]
  } catch (thrown) {
    const problem = thrown instanceof Error ? (thrown.message.split('\n')[0] ?? '') : String(thrown)
    return [
      fail(
        `its packages are not there: ${problem}`,
        'npm install without --omit=optional, or unset network.libp2p.listen',
      ),
    ]
  }
}
