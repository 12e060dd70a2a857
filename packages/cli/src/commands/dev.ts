import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Builder } from '@ipvm/author/build'
import { SourceWatcher } from '@ipvm/author/dev'
import { homeOf, IpvmNode, makeIdentity } from '@ipvm/node'
import type { SettledTask } from '@ipvm/runtime'
import type { Call, Command } from '../command.ts'
import { describeRun, type DevRun } from '../display/dev.ts'
import { duration } from '../display/display.ts'
import { resultText } from '../display/result.ts'
import { exit, orStop, Stop } from '../exit.ts'
import { buildOptions, buildOptionsOf, builtOrStop, wasmPathOf, writeBuild } from '../load/author.ts'
import { wasmCallDraft } from '../load/wasm-call.ts'
import { print, say } from '../output.ts'

/** `ipvm dev FILE.ts FUNCTION …` */
export const dev: Command = {
  usage: 'FILE.ts FUNCTION [ARGS…]',
  words: Number.POSITIVE_INFINITY,
  summary: 'Builds a file and runs one of its functions, again whenever the file or what it imports is saved.',
  examples: ['dev greet.ts greet Alice', 'dev image.ts blur @photo.png 5'],
  options: {
    out: { summary: 'where to write the component (FILE.wasm where nothing is said)', value: 'FILE', short: 'o' },
    ...buildOptions,
  },
  run: async call => {
    const [path, ...words] = call.positionals
    if (path === undefined) throw new Stop({ name: 'Usage', message: 'dev needs a TypeScript file; see --help' })
    const out = call.value('out') ?? wasmPathOf(path)
    using builder = new Builder(path, { ...buildOptionsOf(call), draft: true })
    const stop = new AbortController()
    const watcher = new SourceWatcher()
    const end = () => stop.abort()
    process.on('SIGINT', end).on('SIGTERM', end)
    // Every build has another name, so what runs here would only fill the user's own store.
    const home = await mkdtemp(join(tmpdir(), 'ipvm-dev-'))
    const node = new IpvmNode(homeOf(home), orStop(await makeIdentity(homeOf(home))).signer, { onDoubt: () => {} })
    try {
      await developUntil(stop.signal, { call, builder, watcher, node, out, words })
    } finally {
      process.off('SIGINT', end).off('SIGTERM', end)
      watcher.close()
      await node.close()
      await rm(home, { recursive: true, force: true })
    }
    return exit.ok
  },
}

interface Development {
  readonly call: Call
  readonly builder: Builder
  readonly watcher: SourceWatcher
  readonly node: IpvmNode
  /** Where the component is written. */
  readonly out: string
  /** The function and its arguments. */
  readonly words: readonly string[]
}

/** All that is said to a person goes one way, so that it stays in order; a program gets results and nothing else. */
function tell({ json }: Call): (text: string) => void {
  return json ? say : print
}

/** Builds, runs and waits, and stays whatever goes wrong in the source or in the run. */
async function developUntil(signal: AbortSignal, development: Development): Promise<void> {
  const { builder, watcher, call } = development
  let last: DevRun | undefined
  watcher.watch(builder.sources)
  while (!signal.aborted) {
    try {
      const next = await buildAndRun(development, signal)
      if (next) {
        for (const line of describeRun(next, last)) print(line)
        last = next
      }
    } catch (thrown) {
      if (!(thrown instanceof Stop)) throw thrown
      tell(call)(`ipvm: ${thrown.message}`)
      if (call.debug) console.error(thrown)
    }
    if (signal.aborted) return
    watcher.watch(builder.sources)
    tell(call)('Waiting for a save; Ctrl-C ends')
    await watcher.saved(signal)
  }
}

async function buildAndRun(
  { builder, node, out, words, call }: Development,
  signal: AbortSignal,
): Promise<DevRun | undefined> {
  const start = performance.now()
  const built = builtOrStop(await builder.build())
  for (const note of built.notes) tell(call)(`ipvm: ${note}`)
  await writeBuild(out, built)
  const builtIn = performance.now() - start
  const draft = await wasmCallDraft(node, out, words, undefined)
  const ended = orStop(await node.run(draft, { signal }))
  const [task] = ended.tasks.values()
  if (!task || signal.aborted) return undefined
  tell(call)(`Built in ${duration(builtIn)}, ran in ${duration(performance.now() - start - builtIn)}`)
  return {
    ...(await outcomeOf(node, task)),
    wit: built.wit,
    log: task.report?.log ?? '',
    gas: task.report?.used.gas,
    json: call.json,
  }
}

async function outcomeOf(node: IpvmNode, { receipt }: SettledTask): Promise<Pick<DevRun, 'result' | 'failure'>> {
  const { out } = receipt
  return 'error' in out ? { failure: out.error.message } : { result: await resultText(node, out.ok) }
}
