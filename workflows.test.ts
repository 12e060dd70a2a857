import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { blockOf, decodeJson, isMap, type Result, type Value } from '@ipvm/ipld'
import { builtInEffects } from '@ipvm/effects'
import { compile, defaultConfig, layOut, planOf, readConfig, type Layout } from '@ipvm/workflow'
import { readSchedule } from '@ipvm/workflow/schedule'
import { afterAll, expect, test } from 'vitest'
import { planText } from './packages/cli/src/view/plan.ts'

const root = import.meta.dirname
const text = readFileSync(join(root, 'docs/workflows.md'), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'ipvm-workflows-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function blocks(language: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, block = '']) => block)
}

function good<T>(result: Result<T>): T {
  if ('error' in result) throw new Error(result.error.message)
  return result.ok
}

async function laidOut(draft: Value): Promise<Layout> {
  const { workflow } = good(await compile(draft))
  return good(
    layOut(workflow, cmd =>
      cmd === '/wasm/run'
        ? { class: 'pure', idempotent: false, secret: true }
        : builtInEffects.find(effect => effect.cmd === cmd),
    ),
  )
}

/** The workflow of the first example, in a file as a reader would write it. */
function countFile(): string {
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const file = join(folder, 'count.ts')
  writeFileSync(file, blocks('ts')[0] ?? '')
  return file
}

test('the example has the plan that is printed, and runs', async () => {
  const file = countFile()
  const { default: draft }: { default: Value } = await import(pathToFileURL(file).href)
  const plan = await planOf(await laidOut(draft), () => undefined)
  expect(planText(plan)).toBe(blocks('plan')[0]?.trimEnd())
  const printed = await new Promise<string>((resolve, reject) => {
    const env = { ...process.env, IPVM_HOME: join(folder, 'home'), NO_COLOR: '1' }
    const words = [join(root, 'packages/cli/src/main.ts'), 'run', file]
    execFile(process.execPath, words, { cwd: root, env }, (error, stdout, stderr) => {
      if (error) reject(new Error(stdout + stderr))
      else resolve(stdout)
    })
  })
  expect(printed).toContain('check: 3')
  expect(printed).toContain('save: {"version":1}')
})

test('what is shown in JSON is a workflow, a schedule, or fields of one', async () => {
  const kinds: string[] = []
  const laid: Layout['tasks'][] = []
  for (const block of blocks('json')) {
    const value = good(decodeJson(block))
    const [kind = ''] = isMap(value) ? Object.keys(value) : []
    kinds.push(kind)
    if (kind === 'ipvm/workflow@1') laid.push((await laidOut(value)).tasks)
    else if (kind === 'ipvm/schedule@1') good(readSchedule(blockOf(value).bytes))
    else good(readConfig(isMap(value) ? value[kind] : undefined, defaultConfig, kind))
  }
  expect(kinds).toEqual(['ipvm/workflow@1', 'defaults', 'ipvm/workflow@1', 'ipvm/schedule@1', 'ipvm/schedule@1'])
  const [three, secrets] = laid
  expect(three).toHaveLength(3)
  expect(secrets?.map(({ label, secret }) => [label, secret])).toEqual([
    ['key', true],
    ['send', false],
  ])
})

test('every field of a config is explained, and its example is one', () => {
  const rows = [...text.matchAll(/^\| `(\w+)` +\|[^|]*\| `(.*?)` +\|/gm)]
  expect(rows.map(([, field]) => field).sort()).toEqual([...Object.keys(defaultConfig), 'check'].sort())
  for (const [, field = '', example = ''] of rows)
    good(readConfig({ [field]: good(decodeJson(example)) }, defaultConfig, 'config'))
})
