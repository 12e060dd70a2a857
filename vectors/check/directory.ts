import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeJson, isMap, type Value } from '@ipvm/ipld'
import { runCase } from './cases.ts'
import { expectedOf, type Case, type Outcome } from './outcome.ts'

/**
 * Runs all fixtures of a directory and of those in it: JSON files of `{valid, invalid}`, and containers, one file each,
 * raw, known by their first byte. Other files are passed over.
 */
export async function checkDirectory(directory: string): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  const entries = readdirSync(directory, { withFileTypes: true, recursive: true })
  const files = entries.filter(entry => entry.isFile() && !/\.(ts|md|mjs|js)$/.test(entry.name))
  for (const { parentPath, name } of files.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const bytes = readFileSync(join(parentPath, name))
    const cases = name.endsWith('.json') ? jsonCases(bytes.toString('utf8')) : containerCases(bytes)
    for (const [kind, case_] of cases) outcomes.push(await outcomeOf(name, kind, case_))
  }
  return outcomes
}

type Kind = Outcome['kind']

async function outcomeOf(file: string, kind: Kind, case_: Case): Promise<Outcome> {
  const expected = expectedOf(case_, kind)
  const found = await runCase(case_).catch((thrown: unknown) => `thrown: ${String(thrown)}`)
  const isRefused = found !== 'ok' && !found.startsWith('thrown')
  const passed = found === expected || (expected === 'an error' && isRefused)
  return { file, kind, name: String(case_.name ?? case_.description ?? ''), expected, found, passed }
}

function containerCases(bytes: Uint8Array): readonly (readonly [Kind, Case])[] {
  const isContainer = '@BCMOP'.includes(String.fromCharCode(bytes[0] ?? 0))
  return isContainer ? [['valid', { name: `container ${String.fromCharCode(bytes[0] ?? 0)}`, container: bytes }]] : []
}

function jsonCases(text: string): readonly (readonly [Kind, Case])[] {
  const read = decodeJson(text)
  const parsed = 'ok' in read ? read : decodeJson(withoutNamelessMaps(text))
  if ('error' in parsed) return [['valid', { name: `not JSON: ${parsed.error.message}` }]]
  const file = parsed.ok
  if (!isMap(file)) return []
  return (['valid', 'invalid'] as const).flatMap(kind => casesOf(file[kind]).map(case_ => [kind, case_] as const))
}

/** One case for each policy of a group, so that each has its own line. */
function casesOf(list: Value | undefined): readonly Case[] {
  const cases = Array.isArray(list) ? list.filter(isMap) : []
  return cases.flatMap(case_ => {
    const policies = case_.policies
    if (!Array.isArray(policies)) return [case_]
    return policies.map((policy: Value) => ({
      ...case_,
      policies: [policy],
      name: JSON.stringify(policy).slice(0, 60),
    }))
  })
}

/**
 * The official `policy.json` was published once with a map inside a map, without a key: no JSON. Only then, each such
 * brace is left out, with the one that closes it, which gives the file as it was meant.
 */
function withoutNamelessMaps(text: string): string {
  const open: { readonly isNameless: boolean }[] = []
  let kept = ''
  let inText = false
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i)
    if (character === '"' && text[i - 1] !== '\\') inText = !inText
    let isKept = true
    if (!inText && character === '{') {
      const isNameless = kept.trimEnd().endsWith('{')
      open.push({ isNameless })
      isKept = !isNameless
    }
    if (!inText && character === '}') isKept = open.pop()?.isNameless !== true
    if (isKept) kept += character
  }
  return kept
}
