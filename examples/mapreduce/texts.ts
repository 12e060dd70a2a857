import { readFile } from 'node:fs/promises'
import { fileBlocks } from '@ipvm/ipld'
import { workflow } from '@ipvm/workflow'

const words = 'a task is done once and its receipt is kept so that nobody does the same task again'.split(' ')

/** Texts that are all different, and always the same. */
export function texts(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => {
    const some = words.filter((_, at) => (i + 1) % (at + 2) !== 0)
    return `${some.join(' ')} ${i % 3 === 0 ? 'task ' : ''}${letters(i)}`
  })
}

function letters(n: number): string {
  return [...String(n)].map(digit => String.fromCharCode(97 + Number(digit))).join('')
}

/**
 * Counts the words of so many texts: `ipvm run texts.ts 1000`.
 *
 * @param built the module (README.md)
 */
export default async function count(of = '1000', built: string | URL = new URL('words.wasm', import.meta.url)) {
  const mod = await readFile(built).catch(() => {
    throw new Error('the functions are not built; run: npx ipvm build examples/mapreduce/words.ts')
  })
  const all = texts(Number(of))
  // It may call its own module, and no other one.
  const grants = [{ cmd: '/wasm/run', pol: [['==', '.mod', fileBlocks(mod).root]] }]
  return workflow(
    'words',
    ({ task }) => void task('count', { mod, fun: 'count', params: [fileBlocks(mod).root, all] }),
    { config: { fx: { grants, depth: 1, tasks: all.length + 1 } } },
  )
}
