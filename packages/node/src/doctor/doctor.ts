import { noPeers } from '@ipvm/service/peers'
import { readConfig } from '../config/config.ts'
import type { Home } from '../home.ts'
import { readIdentity } from '../identity.ts'
import { readStatus } from '../network/status-file.ts'
import { PeersFile } from '../peers/peers-file.ts'
import { realWorld } from '../world.ts'
import { checkConfig, checkEgress, checkLibp2p, checkTls } from './config.ts'
import { findingsOf, type Finding } from './finding.ts'
import { checkKeys } from './keys.ts'
import { Asking, checkClock, checkPeers, checkPorts } from './reached.ts'
import { checkStore } from './store.ts'

export type { Finding } from './finding.ts'

/** Looks at a node from all sides, whether or not it is up, and changes nothing. */
export async function examine(home: Home): Promise<readonly Finding[]> {
  const now = realWorld.now()
  const inside = [...(await checkStore(home)), ...(await checkKeys(home))]
  const config = await readConfig(home)
  if ('error' in config)
    return [...inside, findingsOf('config').fail(config.error.message, 'correct it; nothing starts before')]
  const identity = await readIdentity(home)
  const read = await new PeersFile(home).read()
  const list = 'error' in read ? [findingsOf('peers').fail(read.error.message, 'correct it, or restore a backup')] : []
  const status = await readStatus(home)
  const peers = 'ok' in read ? read.ok : noPeers
  const around = { config: config.ok, did: 'ok' in identity ? identity.ok.did : undefined, peers, status }
  const asking = new Asking(around)
  try {
    const outside = await Promise.all([
      checkPorts(around, asking),
      checkClock(around, asking),
      checkTls(config.ok, now),
      checkLibp2p(config.ok),
      checkPeers(around, asking, now),
    ])
    return [...inside, ...checkConfig(config.ok), ...checkEgress(config.ok), ...outside.flat(), ...list]
  } finally {
    asking.close()
  }
}
