// What bench:wasm needs of others: jco, and the two builders of JavaScript guests. Plain JavaScript, so that the
// workspace's type check does not need them installed.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { $init, generate } from '@bytecodealliance/jco-transpile/component'

await $init

const wit = new URL('guest.wit', import.meta.url)

/** jco's JavaScript and core modules for a component: files by name. */
export function transpile(component) {
  const options = { instantiation: { tag: 'sync' }, base64Cutoff: 0, noTypescript: true, noNamespacedExports: true }
  return new Map(generate(component, { name: 'guest', ...options }).files)
}

/** guest.js as a component, with all that it imports left out. The builders are loaded only where one is needed. */
export async function build(engine) {
  const source = await readFile(new URL('guest.js', import.meta.url), 'utf8')
  if (engine === 'quickjs') {
    const { componentize } = await import('componentize-qjs')
    const witPath = fileURLToPath(wit)
    return (await componentize({ jsSource: source, witPath, world: 'guest', stubWasi: true, sync: true })).component
  }
  const { componentize } = await import('@bytecodealliance/componentize-js')
  const disableFeatures = ['random', 'stdio', 'clocks', 'http', 'fetch-event']
  return (await componentize(source, await readFile(wit, 'utf8'), { disableFeatures })).component
}
