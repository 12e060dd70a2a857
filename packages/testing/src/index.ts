export { alice, bob, carol } from './people.ts'
export { TestWorld } from './world.ts'
