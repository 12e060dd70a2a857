import { nameOf } from '@ipvm/ipld'
import { Runtime, type Effect, type EffectContext, type EndedRun } from '@ipvm/runtime'
import { openSqliteStore } from '@ipvm/store/sqlite'
import type { Store } from '@ipvm/store'
import { secretSigner } from '@ipvm/varsig'
import { compile, defaultConfig } from '@ipvm/workflow'
import { readOrders, type Ending, type Orders } from './orders.ts'
import { watchEffect, watchStore } from './watch.ts'
import { SuiteWorld } from './world.ts'

// A node that does one effect, and may be killed in the middle: the suite starts it, and starts another one after it.

/** Milliseconds; no other timer has just that length. */
const limit = 3_600_007
/** How long one waits for what was told to stop, milliseconds. */
const stopMilliseconds = 5000

const orders = readOrders(process.argv[2] ?? '')
const world = new SuiteWorld(limit)
const opened = openSqliteStore(orders.store)
const effect = await ownEffect(orders)
// What a runtime waits for keeps no process alive.
setInterval(() => {}, 1000)
const endings = await done()
await opened.close()
// Whatever an effect still waits for is left.
process.send?.(endings, () => process.exit())

async function done(): Promise<readonly Ending[]> {
  const { what } = orders
  if (what === 'call' || what === 'again' || what === 'abort') return calls()
  const store = watchStore(opened, orders.gap)
  const watched = watchEffect(effect, world, orders.gap, orders.late === true)
  const signer = secretSigner('Ed25519', new Uint8Array(32).fill(7))
  const runtime = new Runtime({ store, signer, world, commands: {}, effects: [watched] })
  const claimed = await runtime.open()
  if ('error' in claimed) throw new Error(claimed.error.message)
  const runs = what === 'run' ? [0] : [0, 1]
  const ended = await Promise.all(runs.map(number => runOnce(runtime, store, number)))
  await runtime.close()
  return ended
}

/** Runs a workflow of the one task, or goes on with it. */
async function runOnce(runtime: Runtime, store: Store, number: number): Promise<Ending> {
  const name = `run ${number}`
  const known = (await store.runs(10)).find(run => run.name === name)
  if (known) return endingOf(await runtime.ended(known.run))
  const nonce = orders.what === 'twice' ? { nonce: new Uint8Array(12).fill(1) } : {}
  const config = { time: [limit, 'milliseconds'], retry: { max: 3, backoff: [1, 'milliseconds'] } }
  const tasks = { task: { cmd: orders.cmd, args: orders.args, ...nonce } }
  const compiled = await compile({ 'ipvm/workflow@1': { name, defaults: config, tasks } })
  if ('error' in compiled) throw new Error(compiled.error.message)
  const { document, blocks, aliases } = compiled.ok
  await store.commit({ blocks: [document, ...blocks], aliases })
  const ended = await runtime.run(document.cid, { nonce: new Uint8Array(12).fill(number) })
  return 'error' in ended
    ? { end: 'refused', error: ended.error.name, message: ended.error.message }
    : endingOf(ended.ok)
}

function endingOf({ end, tasks }: EndedRun): Ending {
  const out = tasks.get('task')?.receipt.out
  return { end, ...(out && 'error' in out && { error: out.error.name, message: out.error.message }) }
}

/** Calls the effect by itself. */
async function calls(): Promise<readonly Ending[]> {
  const stop = new AbortController()
  const first = called(stop.signal)
  if (orders.what === 'call') return [await first]
  if (orders.what === 'again') return [await first, await called(stop.signal)]
  // It is on its way by then.
  setTimeout(() => stop.abort(), 100)
  const never = new Promise<Ending>(resolve => {
    setTimeout(() => resolve({ end: 'hangs' }), stopMilliseconds).unref()
  })
  return [await Promise.race([first, never])]
}

async function called(signal: AbortSignal): Promise<Ending> {
  const args = await effect.args['~standard'].validate(orders.args)
  if (args.issues) return { end: 'failed', error: 'MalformedArguments', verdict: 'final' }
  const task = nameOf('the task of the suite')
  const context: EffectContext = {
    ...{ key: Buffer.from(task.multihash.digest).toString('hex'), task, attempt: 1, config: defaultConfig, signal },
    run: nameOf('the run of the suite'),
    ...{ store: opened, loadFile: async () => ({ error: { name: 'NotThere', message: 'the suite has no files' } }) },
  }
  try {
    const outcome = await effect.run(args.value, context)
    if ('ok' in outcome) return { end: 'ok' }
    return { end: 'failed', error: outcome.error.name, message: outcome.error.message, verdict: outcome.verdict }
  } catch (thrown) {
    return { end: 'failed', error: 'Thrown', message: String(thrown), verdict: 'thrown' }
  }
}

async function ownEffect({ module, cmd }: Orders): Promise<Effect> {
  const loaded: unknown = await import(module)
  const list = typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : undefined
  const found = Array.isArray(list) ? list.find((item: unknown) => isEffect(item) && item.cmd === cmd) : undefined
  if (!isEffect(found)) throw new Error(`${module} has no ${cmd}: its default export is a list of effects`)
  return found
}

function isEffect(value: unknown): value is Effect {
  if (typeof value !== 'object' || value === null) return false
  return 'cmd' in value && typeof value.cmd === 'string' && 'run' in value && typeof value.run === 'function'
}
