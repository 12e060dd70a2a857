import { encodeJson, parseCid } from '@ipvm/ipld'
import type { IpvmNode, Rerun } from '@ipvm/node'
import type { Command } from '../command.ts'
import { resultText } from '../display/result.ts'
import { reportValue, usageText } from '../display/usage.ts'
import { exit, orStop, Stop, type ExitCode } from '../exit.ts'
import { withSourcePlaces } from '../load/source-map.ts'
import { openNode } from '../open.ts'
import { print, printable, say } from '../output.ts'
import { stackText } from '../view/failure.ts'

/** `ipvm rerun RECEIPT|TASK` */
export const rerun: Command = {
  usage: 'RECEIPT | TASK',
  words: 1,
  summary:
    'Runs one task again, though its result is known, and compares it with the receipt. Where results contradict each other, it finds out who was wrong, and those count no more; nothing else is stored.',
  examples: ['rerun bafyrei…', 'rerun bafyrei… --json'],
  options: {},
  run: async call => {
    const [text] = call.positionals
    if (text === undefined) throw new Stop({ name: 'Usage', message: 'rerun needs the CID of a receipt or a task' })
    const cid = orStop(parseCid(text))
    const node = await openNode(call)
    const cancel = new AbortController()
    const onInterrupt = () => cancel.abort()
    process.once('SIGINT', onInterrupt)
    try {
      const done = orStop(await node.rerun(cid, { signal: cancel.signal }))
      if (call.json) print(encodeJson(rerunValue(done)))
      else if ('ok' in done.out) print(await resultText(node, done.out.ok))
      else say(`ipvm: ${printable(done.out.error.message)}`)
      if (!call.json) await tell(node, done)
      return cancel.signal.aborted ? exit.interrupted : exitOf(done)
    } finally {
      process.off('SIGINT', onInterrupt)
      await node.close()
    }
  },
}

async function tell(node: IpvmNode, { report, receipt, same, claims = [] }: Rerun): Promise<void> {
  if (report?.stack) say(`Stack: ${stackText(report.stack)}`)
  if (report?.log) {
    const log = receipt ? await withSourcePlaces(node, receipt.cid, report.log) : report.log
    say(log.replace(/\n$/, ''))
  }
  if (report) say(`Used: ${usageText(report)}`)
  for (const { receipt: claim, isRight } of claims) {
    say(isRight ? `Right: ${claim.iss}, by ${claim.cid}` : `Wrong: ${claim.iss}, by ${claim.cid}; it counts no more`)
  }
  if (same === undefined) return
  say(same ? 'The same as the receipt says.' : `Other than what the receipt of ${receipt?.iss} says.`)
}

function exitOf({ out, same }: Rerun): ExitCode {
  return 'ok' in out && same !== false ? exit.ok : exit.failed
}

function rerunValue({ task, out, permanent, report, same, claims }: Rerun) {
  const told = claims?.map(({ receipt, isRight }) => ({ receipt: receipt.cid, iss: receipt.iss, right: isRight }))
  return {
    ...{ task, out, permanent, ...(report && { report: reportValue(report) }) },
    ...(same !== undefined && { same }),
    ...(told && { claims: told }),
  }
}
