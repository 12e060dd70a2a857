export { noFaults, type FaultRandom, type Faults } from './faults.ts'
export type { MemoryHubOptions } from './hub.ts'
export { memoryHub, memoryTransport, type MemoryIdentity, type MemoryNetwork } from './transport.ts'
