import { ok, type CID, type Failure, type GetBlock, type Result } from '@ipvm/ipld'
import type { RunRequest } from '@ipvm/store'
import { openOutcome, sealOutcome, type Seal } from './seal.ts'

/** A request as it is written down for another process: what a person says of a task may come of a secret. */
export async function sealedRequest(run: CID, request: RunRequest, seal: Seal | undefined): Promise<RunRequest> {
  if (request.type !== 'settle' || !seal) return request
  return { ...request, out: await sealOutcome(request.out, run, seal) }
}

/** A request that was written down, in the clear. Failure: that it was sealed elsewhere. */
export async function openedRequest(
  request: RunRequest,
  seal: Seal | undefined,
  getBlock: GetBlock,
): Promise<Result<RunRequest, Failure>> {
  if (request.type !== 'settle' || !seal) return ok(request)
  const out = await openOutcome(request.out, getBlock, seal)
  return 'error' in out ? out : ok({ ...request, out: out.ok })
}
