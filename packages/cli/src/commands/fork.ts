import type { RunOptions } from '@ipvm/node'
import type { RunRecord } from '@ipvm/store'
import type { Call, Command } from '../command.ts'
import { orStop, Stop } from '../exit.ts'
import { loadDraft } from '../load/draft.ts'
import { runNamed } from '../load/run-name.ts'
import { showRun } from '../load/show-run.ts'
import { openNode } from '../open.ts'

/** `ipvm fork RUN --from LABEL [FILE]` */
export const fork: Command = {
  usage: 'RUN --from LABEL [FILE [ARGS…]]',
  words: Number.POSITIVE_INFINITY,
  summary:
    'Runs a workflow again from one of its tasks on: what succeeded before it is taken over, it and all that await it are done anew, mutations included. With a FILE, by a changed workflow.',
  examples: ['fork last --from draw', 'fork bafyreigh2 --from draw portrait.ts photo.png'],
  options: {
    from: { summary: 'the task from which on all is done anew', value: 'LABEL' },
    out: { summary: 'write results that are bytes into a folder', value: 'DIR', short: 'o' },
    verbose: { summary: 'tell what each task used, and what it wrote to its log', short: 'v' },
  },
  run: async call => {
    const [word, path, ...args] = call.positionals
    const label = call.value('from')
    if (label === undefined) {
      throw new Stop({ name: 'Usage', message: 'fork needs --from LABEL, the task from which on all is done anew' })
    }
    const draft = path === undefined ? undefined : await loadDraft(path, args)
    const node = await openNode(call)
    try {
      const parent = await runNamed(node.store, word, 'fork')
      const compiled = draft === undefined ? undefined : orStop(await node.compile(draft))
      const from = { run: parent.run, label }
      const submit = (options: RunOptions) =>
        compiled ? node.submit(compiled, { ...options, from }) : node.runStored(parent.workflow, { ...options, from })
      return await showRun(node, title(parent, call), submit, call)
    } finally {
      await node.close()
    }
  },
}

function title({ name = 'unnamed' }: RunRecord, call: Call): string {
  return `${name}, from ${call.value('from')} on`
}
