import { encodeJson } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import type { Equivocation } from '@ipvm/store'
import type { Command } from '../command.ts'
import { commandLine } from '../display/command-line.ts'
import { resultText } from '../display/result.ts'
import { exit } from '../exit.ts'
import { openNode } from '../open.ts'
import { print, printable } from '../output.ts'
import { signedResults } from '../view/equivocation.ts'

/** `ipvm equivocations` */
export const equivocations: Command = {
  usage: '',
  words: 0,
  summary:
    'Lists the tasks whose results contradict each other: what each receipt says, who signed it, and how to find out who is wrong.',
  examples: ['equivocations', 'equivocations --json'],
  options: {},
  run: async call => {
    const node = await openNode(call)
    try {
      const all = await node.store.listEquivocations()
      if (all.length === 0 && !call.json) print('No results contradict each other')
      for (const one of all) {
        if (call.json) print(await asJson(node, one))
        else for (const line of await lines(node, one)) print(line)
        const isOpen = one.receipts.length - one.refuted.length > 1
        if (isOpen && !call.json) print(`  find out who is wrong: ${commandLine(['rerun', `${one.task}`], call)}`)
      }
    } finally {
      await node.close()
    }
    return exit.ok
  },
}

async function lines(node: IpvmNode, one: Equivocation): Promise<readonly string[]> {
  const said = await signedResults(node, one)
  const results = said.map(async ({ receipt, isRefuted }) => {
    const { cid, iss, out } = receipt
    const what = 'ok' in out ? await resultText(node, out.ok) : `${out.error.name}: ${printable(out.error.message)}`
    return [
      `  ${cid}${isRefuted ? '  wrong' : ''}`,
      `    ${what}`,
      `    ${iss}${iss === node.did ? ' (this node)' : ''}`,
    ]
  })
  return [`Task ${one.task}  ${printable(one.profile)}`, ...(await Promise.all(results)).flat()]
}

async function asJson(node: IpvmNode, one: Equivocation): Promise<string> {
  const results = (await signedResults(node, one)).map(({ receipt: { cid, iss, out }, isRefuted }) => {
    return { receipt: cid, iss, out, wrong: isRefuted }
  })
  return encodeJson({ task: one.task, profile: one.profile, results })
}
