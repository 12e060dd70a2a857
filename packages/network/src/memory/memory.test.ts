import { bob } from '@ipvm/testing'
import { transportSuite } from '../suite/suite.test-fixture.ts'
import { realWorld, type Harness } from '../suite/harness.test-fixture.ts'
import { memoryHub, memoryTransport } from './index.ts'

async function makeHarness(): Promise<Harness> {
  const hub = memoryHub({ world: realWorld })
  return {
    open: name => memoryTransport(hub, { name, ...(name === 'bob' && { did: bob.did }) }),
    bob: 'memory:bob',
    nobody: 'memory:nobody',
    vanish: async () => hub.partition(['memory:alice', 'memory:carol'], [bob.did]),
    comeBack: async () => hub.heal(),
    close: async () => {},
  }
}

transportSuite('a transport in memory', makeHarness)
