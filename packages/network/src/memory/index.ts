export { noFaults, type FaultRandom, type Faults } from './faults.ts'
export { MemoryHub, type MemoryHubOptions } from './hub.ts'
export { memoryTransport, type MemoryIdentity } from './transport.ts'
