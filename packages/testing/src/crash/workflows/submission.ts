import { createHash } from 'node:crypto'
import { invoke, type Invocation } from '@ipvm/ucan'
import { compile, type Compiled } from '@ipvm/workflow'
import { bob } from '../../people.ts'
import { mixedWorkflows } from './mixed.ts'
import type { PlannedWorkflow } from './plan.ts'

/** A test workflow, and the request to run it: the same whenever it is made, so that asking again is asking for the same. */
export interface Submission extends Compiled {
  readonly planned: PlannedWorkflow
  readonly invocation: Invocation
}

/** All that is asked of Bob's node in one test. */
export function submissions(seed: string): Promise<readonly Submission[]> {
  return Promise.all(mixedWorkflows(seed).map((planned, i) => submission(planned, `${seed}/${i}`)))
}

async function submission(planned: PlannedWorkflow, scope: string): Promise<Submission> {
  const compiled = await compile(planned.draft)
  if ('error' in compiled) throw new Error(compiled.error.message)
  const nonce = new Uint8Array(createHash('sha256').update(scope).digest().subarray(0, 12))
  const args = { workflow: compiled.ok.document.cid }
  const invocation = await invoke({ sub: bob.did, cmd: '/workflow/run', args, nonce, exp: null }, bob)
  return { ...compiled.ok, planned, invocation }
}
