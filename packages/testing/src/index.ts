export { alice, aliceP256, bob, bobSecp256k1, carol, dave } from './people.ts'
export { TestWorld } from './world.ts'
