import { builtInEffects, type EffectPorts } from '@ipvm/effects'
import { Events } from '@ipvm/events'
import { eventRoutes } from '@ipvm/events/http'
import { error, ok, type CID, type Failure, type Result, type ValueMap } from '@ipvm/ipld'
import { Runtime, webCryptoSeal, type EndedRun } from '@ipvm/runtime'
import { openMemoryStore } from '@ipvm/store/memory'
import { delegate, VerifiedTokens, type Command, type Delegation } from '@ipvm/ucan'
import type { Signer } from '@ipvm/varsig'
import { compile } from '@ipvm/workflow'
import { bob } from '../people.ts'
import { deedEffects, Deeds } from './deeds.ts'
import { guests } from './guests.ts'
import { AttemptWorld } from './world.ts'

/** What everybody may have done, whom Bob lets run workflows at all. */
const free: readonly Command[] = ['/workflow/run', '/wasm/run', '/free', '/event/get']

const seal = await webCryptoSeal(new Uint8Array(32).fill(7))

/** The secret by which webhooks are checked. */
export const webhookSecret = 'whsec_dGhlIHNlY3JldCBvZiBhIHdlYmhvb2s='

/** Bob's node, with effects that count. */
export class AttemptNode {
  readonly world = new AttemptWorld()
  readonly store = openMemoryStore()
  readonly deeds = new Deeds()
  readonly #verified = new VerifiedTokens()
  readonly #free = new Map<Signer, Promise<readonly Delegation[]>>()
  runtime: Runtime
  events: Events
  http: ReturnType<typeof eventRoutes>
  #numbers = 0

  constructor() {
    this.runtime = this.#start()
    this.events = this.#hear()
    this.http = eventRoutes(this.events)
  }

  #start(): Runtime {
    const { world, store } = this
    const eventGet = builtInEffects.filter(({ cmd }) => cmd === '/event/get').map(effect => good(effect.choose(true)))
    return new Runtime({
      ...{ store, world, seal, signer: bob, commands: { '/wasm/run': guests }, verified: this.#verified },
      effects: [...deedEffects(this.deeds), ...eventGet.map(({ make }) => make(ports(store, world)))],
    })
  }

  #hear(): Events {
    const secrets = { get: async () => ok(webhookSecret) }
    return new Events({ store: this.store, runtime: this.runtime, world: this.world, secrets })
  }

  async open(): Promise<void> {
    good(await this.runtime.open())
    await this.events.open()
  }

  /** Ends the process, so to speak, and begins another one on the same store. */
  async restart(meanwhile: () => Promise<void>): Promise<void> {
    await this.close()
    await meanwhile()
    this.runtime = this.#start()
    this.events = this.#hear()
    this.http = eventRoutes(this.events)
    await this.open()
  }

  async close(): Promise<void> {
    await this.events.close()
    await this.runtime.close()
  }

  /** Another one each time. */
  nonce(): Uint8Array {
    const bytes = new Uint8Array(12)
    new DataView(bytes.buffer).setUint32(0, ++this.#numbers)
    return bytes
  }

  /** What lets somebody run workflows of harmless tasks. */
  free(asker: Signer): Promise<readonly Delegation[]> {
    const known = this.#free.get(asker)
    if (known) return known
    const fields = (cmd: Command) => ({ aud: asker.did, sub: bob.did, cmd, nonce: this.nonce(), exp: null })
    const given = Promise.all(free.map(cmd => delegate(fields(cmd), bob)))
    this.#free.set(asker, given)
    return given
  }

  /** A workflow of tasks by their labels, stored. */
  async stored(tasks: ValueMap, more: ValueMap = {}): Promise<CID> {
    const config = { retry: { max: 2, backoff: [1, 'milliseconds'] }, wait: [5, 'milliseconds'] }
    const { config: own = {}, ...others } = more
    const whole = { name: 'attempt', config: { ...config, ...Object(own) }, tasks, ...others }
    const { document, blocks } = good(await compile({ 'ipvm/workflow@1': whole }))
    await this.store.commit({ blocks: [document, ...blocks] })
    return document.cid
  }

  /** Runs a workflow as Bob, who may have all done. */
  async run(tasks: ValueMap, more: ValueMap = {}): Promise<EndedRun> {
    return good(await this.runtime.run(await this.stored(tasks, more), { nonce: this.nonce() }))
  }
}

/** Waits until it is so, while all that is due is done. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let looks = 0; !(await holds()); looks++) {
    if (looks > 20_000) throw new Error('it does not come to it')
    await new Promise(resolve => setTimeout(resolve, looks < 100 ? 0 : 1))
  }
}

/** The value of a result that has to be good. */
export function good<T>(result: Result<T> | { readonly problems: readonly unknown[] }): T {
  if ('problems' in result) throw new Error('its settings are none')
  if ('error' in result) throw new Error(`${result.error.name}: ${result.error.message}`)
  return result.ok
}

/** `/event/get` needs none of these. */
function ports(store: EffectPorts['store'], world: EffectPorts['world']): EffectPorts {
  const failure: Failure = { name: 'NotHere', message: 'there is none here' }
  const none = async () => error(failure)
  const nothing = async () => error({ ...failure, name: 'Unreachable' as const, sent: false })
  const egress = { authorities: [], request: nothing, dial: nothing, check: nothing, close: () => {} }
  return { egress, store, world, secrets: { get: none }, keys: { signer: none }, names: { find: none } }
}
