import { join } from 'node:path'
import { root } from './ipvm.test-fixture.ts'

/**
 * Effects of a test's own, for `$IPVM_EFFECTS`: a mutation that pays and may be killed between that and its answer, a query
 * that is down while a file says so, and one that waits for a file. What they do to the world is in files of the folder.
 */
export const effectsSource = `
import { appendFileSync, existsSync, rmSync } from 'node:fs'
import { defineEffect } from '${join(root, 'packages/runtime/src/index.ts')}'

const args = { '~standard': { version: 1, vendor: 'test', validate: value => ({ value }) } }
const out = name => ({ ok: name })
const down = { name: 'Down', message: 'the other side is down' }

const pay = defineEffect({
  cmd: '/test/pay', class: 'mutation', args,
  run: async ({ to }, { key }) => {
    appendFileSync('paid.txt', to + '\\n')
    if (existsSync('kill')) {
      rmSync('kill')
      process.kill(process.pid, 'SIGKILL')
      await new Promise(() => {})
    }
    return out('paid ' + to)
  },
})

const ask = defineEffect({
  cmd: '/test/ask', class: 'query', args,
  run: async ({ what }) => {
    if (existsSync('gone')) return { error: { name: 'Gone', message: 'there is no ' + what }, verdict: 'final' }
    return existsSync('down') ? { error: down, verdict: 'again' } : out('the ' + what)
  },
})

const wait = defineEffect({
  cmd: '/test/wait', class: 'query', args,
  run: async ({ file, fails }, { signal }) => {
    if (fails) return { error: { name: 'Wrong', message: fails }, verdict: 'again' }
    appendFileSync(file + '.waits', '.')
    while (!existsSync(file) && !signal.aborted) await new Promise(resolve => setTimeout(resolve, 20))
    return out('waited for ' + file)
  },
})

export default [pay, ask, wait]
`
