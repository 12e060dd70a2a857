import type { Effect } from './effect.ts'

/** What an effect is made of; what is not said is the careful choice. */
export interface EffectDefinition<Args>
  extends Pick<Effect<Args>, 'cmd' | 'class' | 'args' | 'run'>,
    Partial<Pick<Effect<Args>, 'idempotent' | 'parallel' | 'secret' | 'local' | 'taints' | 'about'>> {
  readonly probe?: NonNullable<Effect<Args>['probe']>
  readonly honoursKey?: NonNullable<Effect<Args>['honoursKey']>
}

const parallelDefault = 16

/**
 * Defines an effect: a command that touches the world. Its class decides how it is tried again, reused and placed.
 *
 * @example
 * const post = defineEffect({
 *   cmd: '/shop/order',
 *   class: 'mutation',
 *   idempotent: true,
 *   args: v.strictObject({ item: v.string() }),
 *   run: async ({ item }, { key, signal }) => {
 *     const answer = await fetch(shop, { method: 'POST', body: item, headers: { 'Idempotency-Key': key }, signal })
 *     return answer.ok ? { ok: await answer.text() } : { error: { name: 'Refused', message: answer.statusText }, verdict: 'final' }
 *   },
 * })
 */
export function defineEffect<Args>(definition: EffectDefinition<Args>): Effect<Args> {
  return { idempotent: false, parallel: parallelDefault, secret: false, ...definition }
}
