export { alice, aliceP256, bob, bobSecp256k1, carol } from './people.ts'
export { TestWorld } from './world.ts'
