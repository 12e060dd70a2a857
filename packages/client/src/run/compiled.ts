import { error, ok, type Result, type Value } from '@ipvm/ipld'
import { compile, type Compiled, type CompileFailure, type ExportName } from '@ipvm/workflow'

/** A workflow as it is written, or compiled already. */
export type RunnableWorkflow = Value | Compiled

/** The workflow with names; what was compiled already is taken as it is. */
export async function compiledOf(
  workflow: RunnableWorkflow,
  exportName?: ExportName,
): Promise<Result<Compiled, CompileFailure>> {
  if (isCompiled(workflow)) return ok(workflow)
  const compiled = await compile(workflow, exportName)
  return 'error' in compiled ? error(compiled.error) : compiled
}

function isCompiled(workflow: RunnableWorkflow): workflow is Compiled {
  return typeof workflow === 'object' && workflow !== null && 'document' in workflow && 'aliases' in workflow
}
