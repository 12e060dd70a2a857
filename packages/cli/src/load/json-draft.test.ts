import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readJsonDraft } from './json-draft.ts'

const folder = mkdtempSync(join(tmpdir(), 'ipvm-draft-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
mkdirSync(join(folder, 'wasm'))
writeFileSync(join(folder, 'wasm', 'a.wasm'), 'module')

const bytes = Buffer.from('module')

function draft(workflow: object) {
  const path = join(folder, 'w.json')
  writeFileSync(path, JSON.stringify({ 'ipvm/workflow@1': workflow }))
  return readJsonDraft(path)
}

test('a module is named by the path of its file, from where the workflow is', async () => {
  const call = (mod: unknown) => ({ cmd: '/wasm/run', args: { mod, fun: 'f', params: ['wasm/a.wasm'] } })
  const other = { cmd: '/kv/put', args: { mod: 'wasm/a.wasm' } }
  const handler = { mod: './wasm/a.wasm', fun: 'h' }
  const read = await draft({ tasks: { a: call('wasm/a.wasm'), other }, catch: handler })
  expect(read).toEqual({
    'ipvm/workflow@1': { tasks: { a: call(bytes), other }, catch: { mod: bytes, fun: 'h' } },
  })
})

test.each([
  [
    { tasks: { a: { cmd: '/wasm/run', args: { mod: 'image' } } } },
    /tasks\.a\.args\.mod: "image" is no module; write the path/,
  ],
  [{ tasks: { a: { cmd: '/wasm/run', args: { mod: 'no.wasm' } } } }, /no\.wasm is not there/],
  [{ tasks: {}, catch: { mod: '', fun: 'f' } }, /catch\.mod: "" is no module/],
])('%j is refused', async (workflow, message) => {
  await expect(draft(workflow)).rejects.toThrow(message)
})

test.each([
  'null',
  '[]',
  '{"ipvm/workflow@1": 1}',
  '{"ipvm/workflow@1": {"tasks": [1]}}',
  '{"ipvm/workflow@1": {"tasks": {"a": 1}}}',
])('%s is for the compiler to refuse', async text => {
  const path = join(folder, 'x.json')
  writeFileSync(path, text)
  expect(await readJsonDraft(path)).toEqual(JSON.parse(text))
})
