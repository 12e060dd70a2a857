import { createEgress, readException } from '@ipvm/egress'
import { openMemoryStore } from '@ipvm/store/memory'
import { builtInEffects, readSwitches, type Switches } from '../index.ts'
import { SuiteWorld } from './world.ts'

// The effects of a node as a config sets them, for the processes of the suite: `$SWITCHES` is what stands in "effects".

const switches: Switches = JSON.parse(process.env.SWITCHES ?? '{}')
const world = new SuiteWorld(Number.POSITIVE_INFINITY)
const loopback = readException('127.0.0.1:*')
if ('error' in loopback) throw new Error(loopback.error.message)
const egress = createEgress({ after: (time, callback) => world.after(time, callback), exceptions: [loopback.ok] })
const read = readSwitches(switches, builtInEffects, [])
if ('error' in read) throw new Error(read.error.message)

export default read.ok.on.map(({ make }) => make({ store: openMemoryStore(), world, egress }))
