import { describe } from 'vitest'
import type { Harness } from '../suite/harness.test-fixture.ts'
import { partingStories } from '../suite/parting.test-fixture.ts'
import { requestStories } from '../suite/requests.test-fixture.ts'
import { transportSuite } from '../suite/suite.test-fixture.ts'
import { Cable, freePort } from './cable.test-fixture.ts'
import { libp2pTransport } from './index.ts'
import { recordOf } from './people.test-fixture.ts'

/** Bob listens, and is reached through a cable; the others dial him. */
async function makeHarness(suffix: '' | '/ws'): Promise<Harness> {
  const [port, nobody] = [await freePort(), await freePort()]
  const cable = new Cable(port)
  await cable.plug()
  const address = `/ip4/127.0.0.1/tcp/${cable.port}${suffix}`
  const listen = [`/ip4/127.0.0.1/tcp/${port}${suffix}`]
  return {
    open: name => libp2pTransport({ record: recordOf(name), ...(name === 'bob' && { listen, announce: [address] }) }),
    bob: address,
    nobody: `/ip4/127.0.0.1/tcp/${nobody}${suffix}`,
    vanish: () => cable.unplug(),
    comeBack: () => cable.plug(),
    close: () => cable.unplug(),
  }
}

transportSuite('a transport over libp2p', () => makeHarness(''))
// Nothing but the socket differs: it carries what is small and large, and is cut.
describe('requests over libp2p and WebSockets', () => requestStories(() => makeHarness('/ws')))
describe('parting over libp2p', () => partingStories(() => makeHarness('')))
