import { readFile } from 'node:fs/promises'
import { fileBlocks } from '@ipvm/ipld'
import { workflow } from '@ipvm/workflow'

/**
 * Tells a counter to count to so many, and to write each tenth number down: `ipvm run count.ts 100`.
 *
 * @param built the module (README.md)
 */
export default async function count(to = '100', built: string | URL = new URL('counter.wasm', import.meta.url)) {
  const mod = await readFile(built).catch(() => {
    throw new Error('the counter is not built; run: npx ipvm build examples/counter/counter.ts')
  })
  const messages = Array.from({ length: Number(to) }, (_, i) => [
    { add: { by: 1 } },
    ...((i + 1) % 10 === 0 ? [{ write: { key: `counter/${i + 1}` } }] : []),
  ]).flat()
  const grants = [
    // It may go on by itself, and write its own values.
    { cmd: '/wasm/run', pol: [['==', '.fun', 'receive']] },
    { cmd: '/kv/put', pol: [['like', '.key', 'counter/*']] },
  ]
  return workflow(
    'count',
    ({ task }) => {
      const self = fileBlocks(mod).root
      task('counter', { mod, fun: 'receive', params: [self, { count: 0, received: 0 }, messages, null] })
    },
    { config: { fx: { grants, depth: messages.length, tasks: 2 * messages.length } } },
  )
}
