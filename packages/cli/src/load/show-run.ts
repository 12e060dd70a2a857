import type { IpvmNode, RunOptions } from '@ipvm/node'
import type { EndedRun } from '@ipvm/runtime'
import type { Failure, Result } from '@ipvm/ipld'
import type { Call } from '../command.ts'
import { chooseDisplay } from '../display/choose.ts'
import { exit, orStop, type ExitCode } from '../exit.ts'
import { say } from '../output.ts'
import { tellEnded } from '../view/ended.ts'
import { watchDisk } from './disk.ts'
import { executorOf } from './executor.ts'

/**
 * Runs something and shows how it goes and what came of it. Ctrl-C cancels the run, and a second one ends the process at
 * once.
 */
export async function showRun(
  node: IpvmNode,
  title: string,
  run: (options: RunOptions) => Promise<Result<EndedRun, Failure>>,
  call: Call,
): Promise<ExitCode> {
  const cancel = new AbortController()
  const onInterrupt = () => {
    if (cancel.signal.aborted) process.exit(exit.interrupted)
    cancel.abort()
    say(
      'ipvm: the run is being cancelled; a mutation under way is waited for, and Ctrl-C again leaves it in the middle',
    )
  }
  const elsewhere = executorOf(call)
  const display = await chooseDisplay(call)
  const unwatch = watchDisk(node)
  process.on('SIGINT', onInterrupt).on('SIGTERM', onInterrupt)
  try {
    display.begin(title)
    if (elsewhere !== undefined) say(`ipvm: process ${elsewhere} runs this node's workflows, and this one, too`)
    const { TRACEPARENT: traceParent } = process.env
    const onEvent = display.event
    const ended = orStop(await run({ onEvent, signal: cancel.signal, ...(traceParent && { traceParent }) }))
    display.end()
    return await tellEnded(node, ended, call)
  } finally {
    process.off('SIGINT', onInterrupt).off('SIGTERM', onInterrupt)
    unwatch()
    display.end()
  }
}
