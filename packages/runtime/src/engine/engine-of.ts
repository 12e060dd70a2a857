import type { Did } from '@ipvm/varsig'
import { Bringers } from '../authority/bringers.ts'
import { Commits } from '../journal/commits.ts'
import { remoteParallel } from '../limits.ts'
import { Memo } from '../memo/memo.ts'
import { emptyMetrics } from './metrics.ts'
import type { RuntimeParts } from '../parts.ts'
import { Arrivals } from './arrivals.ts'
import type { Engine } from './engine.ts'
import { Lane } from './lanes.ts'
import { Pace } from './pace.ts'
import { KnownWorkflows } from '../submission/known-workflows.ts'

/** What all runs of a runtime share, made of its parts; each lane is put among `lanes` when it is needed first. */
export function engineOf(parts: RuntimeParts, lanes: Map<string, Lane>): Engine {
  const { store, signer, world, seal, commands, effects = [], observer, others } = parts
  const { off = () => undefined, onDoubt = () => {}, knownTraits = () => undefined, open = [] } = parts
  const known = new Map(effects.map(effect => [effect.cmd, effect]))
  const lane = (name: string, parallel: () => number) => {
    const found = lanes.get(name) ?? new Lane(parallel())
    lanes.set(name, found)
    return found
  }
  return {
    ...{ store, signer, world, seal, commands, effects: known, off, others, knownTraits, open },
    metaFor: (run, label) => observer?.metaFor?.(run, label),
    arrivals: new Arrivals(),
    bringers: new Bringers(),
    metrics: emptyMetrics(),
    workflows: new KnownWorkflows(),
    commits: new Commits(store, world, observer && (milliseconds => observer.committed(milliseconds))),
    memo: new Memo(store, () => world.now(), new Set<Did>([signer.did]), onDoubt),
    pace: new Pace(world),
    lane: cmd => {
      const effect = known.get(cmd)
      if (effect?.local) return lane('local', () => 1)
      return lane(cmd, () => effect?.parallel ?? commands[cmd]?.parallel ?? 1)
    },
    laneOf: agent => lane(agent, () => remoteParallel),
  }
}
