import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { CID } from '@ipvm/ipld'
import { kvEffects, Runtime, type Effect, type RunEvent, type World } from '@ipvm/runtime'
import { openSqliteStore } from '@ipvm/store/sqlite'
import { bob } from '../../people.ts'
import { plantInEffect, plantInStore } from '../plant.ts'
import { submissions, type Submission } from '../workflows/submission.ts'
import { guestCommands, testCommands } from './commands.ts'
import { testEffects } from './effects.ts'
import { watchDisk } from './disk.ts'
import type { Orders } from './line.ts'
import { Killer } from './killer.ts'
import { say } from './say.ts'
import { watchEffect, watchStore } from './watch.ts'

// A node that is to be killed: it goes on with what is open, accepts its workflows, says what was acknowledged, and is done
// when all of it has ended. Whoever submitted before an answer was lost submits the same once more.

const world: World = {
  now: () => Math.floor(Date.now() / 1000),
  date: () => Date.now(),
  milliseconds: () => performance.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds).unref()
    return () => clearTimeout(timer)
  },
  random: count => randomBytes(count),
  owner: String(process.pid),
}

/** How long it waits before it asks again for what it did not get. */
const againMilliseconds = 100

/** How long after one workflow it asks for the next, where it does not ask for all at once. */
const staggerMilliseconds = 300

const orders: Orders = JSON.parse(process.argv[2] ?? '{}')
const killer = new Killer(orders.kill)
watchDisk(killer)
const store = watchStore(plantInStore(openSqliteStore(orders.store), orders.plant), killer)
const said = new Set<string>()
const asked = await submissions(orders.seed)
const guests = asked.some(({ workflow }) => Object.values(workflow.tasks).some(({ cmd }) => cmd === '/wasm/run'))
  ? await guestCommands()
  : undefined
const effects: readonly Effect[] = testEffects(orders.server).map(effect => plantInEffect(effect, orders.plant))
const runtime = new Runtime({
  store,
  signer: bob,
  world,
  commands: { ...testCommands, ...guests?.commands },
  effects: [...effects, ...kvEffects].map(effect => watchEffect(effect, killer)),
  // Told at once; who follows reads what is on the disk.
  observer: { opened: () => {}, event: tell, closed: () => {}, committed: () => {} },
})

// What a runtime waits for keeps no process alive; and nobody is left behind by whoever started it.
const starter = process.ppid
const alive = setInterval(() => {
  if (process.ppid !== starter) process.exit()
}, 1000)
let asking: NodeJS.Timeout | undefined
const input = createInterface(process.stdin)
const left = once(input, 'close')
for (const { document, blocks, aliases } of asked) await store.commit({ blocks: [document, ...blocks], aliases })
await open()
if (orders.waits) await once(input, 'line')
await Promise.all(asked.map(submit))
say({ type: 'done', commits: killer.passed('before handing over'), calls: killer.passed('before the call') })
if (orders.stays) await left
input.close()
clearInterval(asking)
await runtime.close()
await guests?.close()
await store.close()
clearInterval(alive)

/** Takes the claim, or hands its runs over to who has it and takes it when that one ends. */
async function open(): Promise<void> {
  const opened = await runtime.open()
  if ('ok' in opened) return say({ type: 'open' })
  say({ type: 'claimed', owner: opened.error.owner })
  asking = setInterval(async () => {
    const taken = await runtime.open()
    if ('error' in taken) return
    clearInterval(asking)
    say({ type: 'open' })
  }, againMilliseconds)
}

/** Asks for a workflow; one a moment after the other where somebody watches what becomes of each. */
async function submit({ invocation }: Submission, workflow: number): Promise<void> {
  if (orders.waits) await pause(workflow * staggerMilliseconds)
  for (;;) {
    const accepted = await runtime.accept(invocation)
    if ('ok' in accepted || accepted.error.name === 'Replayed') break
    const { name, message } = accepted.error
    say({ type: 'refused', workflow, name, message })
    if (name !== 'StoreFull') throw new Error(message)
    await pause(againMilliseconds)
  }
  const run = invocation.envelope.cid
  say({ type: 'accepted', workflow, run: run.toString() })
  await follow(run)
}

function pause(milliseconds: number): Promise<unknown> {
  return new Promise(resolve => setTimeout(resolve, milliseconds))
}

/** Follows a run to its end, also where it goes on in another process. */
async function follow(run: CID): Promise<void> {
  for await (const event of runtime.follow(run, { after: 0 })) {
    tell(event)
    if (event.type === 'ended') return
  }
}

/** Says what happens to a run; what was said is not said again. */
function tell(event: RunEvent): void {
  const { seq } = event
  const run = event.run.toString()
  if (event.type === 'running' || event.type === 'started' || said.has(`${run} ${seq} ${event.type}`)) return
  said.add(`${run} ${seq} ${event.type}`)
  if (event.type === 'settled') {
    const { label, how, receipt } = event
    say({ type: 'settled', run, seq, label, how, receipt: receipt.cid.toString() })
  }
  if (event.type === 'unknown') say({ type: 'unknown', run, seq, label: event.label, task: event.task.toString() })
  if (event.type === 'parked') say({ type: 'parked', run })
  if (event.type === 'ended') say({ type: 'ended', run, end: event.end })
}
