import { homeOf, readIdentity, type IpvmNode } from '@ipvm/node'
import type { RunCondition } from '@ipvm/runtime'
import type { RunRecord } from '@ipvm/store'
import type { Compiled } from '@ipvm/workflow'
import type { Call, Command } from '../command.ts'
import { commandLine } from '../display/command-line.ts'
import { orStop, Stop, type ExitCode } from '../exit.ts'
import { loadDraft } from '../load/draft.ts'
import { executorOf } from '../load/executor.ts'
import { isModuleWord } from '../load/module.ts'
import { showRun } from '../load/show-run.ts'
import { wasmCallDraft } from '../load/wasm-call.ts'
import { openOrMakeNode } from '../open.ts'

/** `ipvm run FILE …` */
export const run: Command = {
  usage: 'FILE.json | FILE.ts [ARGS…] | FILE.wasm|NAME|CID FUNCTION [ARGS…]',
  words: Number.POSITIVE_INFINITY,
  summary: 'Runs a workflow, or one function of a Wasm module. What is known already is reused, not run.',
  examples: [
    'run add.wasm add-one 41',
    'run image.wasm blur @photo.png 5 --out pictures',
    'run portrait.ts photo.png',
    'run did:key:z6Mk…/image blur @photo.png 5',
    'run portrait.ts photo.png --node https://node.example',
  ],
  options: {
    out: { summary: 'write results that are bytes into a folder', value: 'DIR', short: 'o' },
    verbose: { summary: 'tell what each task used, and what it wrote to its log', short: 'v' },
    node: { summary: 'run it on another node: its address, or its name among the peers', value: 'NODE' },
    proof: { summary: 'with --node: a container of delegations that say that you may', value: 'FILE' },
    new: { summary: 'start anew, though a run of it was cut off that has mutations' },
    config: {
      summary: 'what the function of a Wasm file may use, e.g. {"time": [30, "seconds"], "gas": [1, "giga", "gas"]}',
      value: 'JSON',
    },
  },
  run: async call => {
    const [path, ...args] = call.positionals
    if (path === undefined) throw new Stop({ name: 'Usage', message: 'run needs a file; see ipvm run --help' })
    const isCall = isModuleWord(path)
    if (call.value('config') !== undefined && !isCall) {
      const message = `--config is for a function of a Wasm file; write "config" into ${path} instead`
      throw new Stop({ name: 'Usage', message })
    }
    // Loaded first: a file that is not there makes no node.
    const loaded = isCall ? undefined : await loadDraft(path, args)
    const { node } = await openOrMakeNode(call)
    try {
      const draft = loaded === undefined ? await wasmCallDraft(node, path, args, call.value('config')) : loaded
      const compiled = orStop(await node.compile(draft))
      const where = call.value('node')
      if (where !== undefined) return await elsewhere(node, where, path, compiled, call)
      if (!call.has('new')) await refuseWhereCutOff(node, compiled, call)
      return await showRun(node, path, options => node.submit(compiled, options), call)
    } finally {
      await node.close()
    }
  },
}

/** Runs it on another node, by this node's key. */
async function elsewhere(
  node: IpvmNode,
  where: string,
  title: string,
  compiled: Compiled,
  call: Call,
): Promise<ExitCode> {
  const { runElsewhere } = await import('../load/run-elsewhere.ts')
  const { connectTo, otherNode } = await import('../load/other-node.ts')
  const signer = orStop(await readIdentity(homeOf(call.home)))
  const client = await connectTo(await otherNode(where, node, call), signer, call)
  return runElsewhere(node, client, title, compiled, call)
}

/** A run that was left in the middle of its mutations is gone on with, so that none is made twice; or a new one is asked for. */
async function refuseWhereCutOff(node: IpvmNode, { document, workflow }: Compiled, call: Call): Promise<void> {
  const last = await node.store.runOf(document.cid)
  const status = last && (await node.runtime.status(last.run, executorOf(call)))
  const how = status && 'ok' in status ? leftText[status.ok.condition] : undefined
  if (!last || how === undefined) return
  const plan = await node.runtime.plan(workflow)
  const isAsking = 'ok' in plan && Object.values(plan.ok).some(stage => stage.some(({ fx }) => fx))
  const hasMutations = isAsking || ('ok' in plan && plan.ok.mutations.length > 0)
  if (hasMutations) throw new Stop({ name: 'CutOff', message: cutOffText(last, how, call) })
}

/** How a run was left that does not go on by itself. */
const leftText: Partial<Record<RunCondition, string>> = {
  queued: 'was cut off',
  'cut off': 'was cut off',
  suspended: 'was suspended',
  parked: 'waits for you',
}

function cutOffText({ run, settled, tasks }: RunRecord, how: string, call: Call): string {
  const words = [...process.argv.slice(2).filter(word => word !== '--json'), '--new']
  const ways = `Go on with it: ${commandLine(['resume', run], call)}; or start anew, mutations included: ${commandLine(words, { home: undefined })}`
  return `a run of this workflow ${how} with ${settled.length} of ${tasks} tasks settled, and it has mutations. ${ways}`
}
