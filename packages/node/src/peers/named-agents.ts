import { error, isMap, ok, type Failure, type Result, type Value, type ValueMap } from '@ipvm/ipld'
import type { Peers } from '@ipvm/service/peers'
import { isDid, type Did } from '@ipvm/varsig'
import { invalidWorkflow, workflowTag, type InvalidWorkflow } from '@ipvm/workflow'

/**
 * A workflow as people write it with the DIDs of agents in place of what its owner calls them: `"sub": "database"` is the
 * peer of that name. The list of peers is read only where something in it is named. Failure: nobody is called so, or the
 * list cannot be read.
 */
export async function withNamedAgents(
  draft: Value,
  read: () => Promise<Result<Peers, Failure>>,
): Promise<Result<Value, InvalidWorkflow>> {
  const body = isMap(draft) ? draft[workflowTag] : undefined
  const tasks = isMap(body) ? body.tasks : undefined
  if (!isMap(draft) || !isMap(body) || !isMap(tasks) || !Object.values(tasks).some(isNamed)) return ok(draft)
  const known = await read()
  const dids = 'ok' in known ? new Map(known.ok.peers.map(({ name, did }) => [name, did])) : new Map<string, Did>()
  const resolved = new Map<string, Value>()
  for (const [label, task] of Object.entries(tasks)) {
    const did = isNamed(task) ? dids.get(task.sub) : undefined
    if (isNamed(task) && did === undefined) {
      const why = 'error' in known ? known.error.message : 'write its DID, or the name of a peer (ipvm peers)'
      return error(invalidWorkflow(`tasks.${label}.sub`, `there is no peer "${task.sub}"; ${why}`))
    }
    resolved.set(label, isNamed(task) && did !== undefined ? { ...task, sub: did } : task)
  }
  return ok({ ...draft, [workflowTag]: { ...body, tasks: Object.fromEntries(resolved) } })
}

/** Whether it says whose a task is by a name. */
function isNamed(task: Value): task is ValueMap & { readonly sub: string } {
  return isMap(task) && typeof task.sub === 'string' && !isDid(task.sub)
}
