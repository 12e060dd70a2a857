import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { builtInEffects, effectPage } from '@ipvm/effects'

const head = `# Effects

What workflows may do to the world on a node. This page is made of the effects' own definitions: \`npm run docs:effects\`.

Each effect is a task of a workflow: \`{"cmd": "/kv/get", "args": {…}}\`; any argument may be a promise of another task's result.
What touches the outside or the disk is off until the owner of the node allows it, in \`config.json\` of the node's home or with
\`ipvm effects allow\`; \`ipvm effects\` lists what is on. Who is not the owner needs a delegation, too, whose policy may hold the
arguments to terms; \`ipvm inspect FILE --for DID --cmd COMMAND --args JSON\` tells whether it allows a task.

A _query_ only asks, and is asked again where it fails. A _mutation_ changes something: it waits until nothing that it could
depend on can fail; an _idempotent_ one is sent again under the same key, any other one is done once, and where its answer is lost
a person is asked. How secrets flow is in [workflows.md](workflows.md#what-changes-the-world).`

/** The whole page. */
export function effectsDocument(): string {
  const contents = builtInEffects.map(({ cmd, about }) => {
    const anchor = cmd.slice(1).replaceAll('/', '')
    return `- [${cmd}](#${anchor}): ${about.summary.replace(/\.$/, '')}`
  })
  return `${[head, contents.join('\n'), ...builtInEffects.map(effectPage)].join('\n\n')}\n`
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, '..', 'docs', 'effects.md'), effectsDocument())
