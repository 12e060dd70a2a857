import { decodeJson, type Value } from '@ipvm/ipld'
import type { Outcome } from '@ipvm/ucan'
import type { Call, Command } from '../command.ts'
import { Stop } from '../exit.ts'
import { goOnWith } from '../load/ask.ts'
import { labelNamed, runNamed } from '../load/run-name.ts'
import { openNode } from '../open.ts'

/** `ipvm settle RUN LABEL --ok JSON | --error TEXT` */
export const settle: Command = {
  usage: 'RUN LABEL --ok JSON | --error TEXT',
  words: 2,
  summary:
    'Says how a mutation ended of which this node cannot know whether it happened: you looked, and it did (--ok), or it is to count as failed (--error).',
  examples: [`settle last send-mail --ok '{"id": 17}'`, `settle bafyreigh2 send-mail --error 'not found at the bank'`],
  options: {
    ok: { summary: 'what it gave, in JSON; null where nothing', value: 'JSON' },
    error: { summary: 'why it counts as failed', value: 'TEXT' },
  },
  run: async call => {
    const out = outcomeIn(call)
    const node = await openNode(call)
    try {
      const run = await runNamed(node.store, call.positionals[0], 'settle')
      const label = labelNamed(call.positionals[1], 'settle')
      return await goOnWith(node, [run], { type: 'settle', label, out }, call)
    } finally {
      await node.close()
    }
  },
}

function outcomeIn(call: Call): Outcome {
  const [ok, error] = [call.value('ok'), call.value('error')]
  if (ok !== undefined && error === undefined) return { ok: valueIn(ok) }
  if (ok === undefined && error !== undefined) return { error: { name: 'SettledByHand', message: error } }
  throw new Stop({
    name: 'Usage',
    message: 'settle needs --ok JSON, what it gave, or --error TEXT, why it counts as failed',
  })
}

function valueIn(text: string): Value {
  const value = decodeJson(text)
  if ('ok' in value) return value.ok
  const message = `--ok is ${value.error.message}; a text needs its quotes, too: --ok '"done"'`
  throw new Stop({ name: value.error.name, message })
}
