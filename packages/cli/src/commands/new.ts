import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { effectFiles, guestFiles, isLanguage, languages, missingTools, type LanguageName } from '@ipvm/author'
import type { Call, Command } from '../command.ts'
import { exit, orStop, Stop, type ExitCode } from '../exit.ts'
import { writeOutput } from '../load/file.ts'
import { print, say } from '../output.ts'

/** `ipvm new NAME` */
export const make: Command = {
  usage: 'NAME',
  words: 1,
  summary:
    'Makes a folder with a function or an effect of your own: its source, a test, and a README with the commands.',
  examples: ['new hello', 'new hello --lang rust', 'new --effect order'],
  options: {
    lang: { summary: `the language: ${Object.keys(languages).join(', ')} (ts)`, value: 'LANG', short: 'l' },
    effect: { summary: 'an effect in TypeScript, which may touch the world, in place of a function' },
  },
  run: async call => {
    const [name] = call.positionals
    if (name === undefined) throw new Stop({ name: 'Usage', message: 'new needs a name; see ipvm new --help' })
    if (call.has('effect')) return await makeEffect(name, call)
    const language = languageOf(call.value('lang') ?? 'ts')
    const files = orStop(await guestFiles(name, language))
    await refuseTaken(name)
    for (const { path, content } of files) await writeOutput(join(name, path), new TextEncoder().encode(content))
    const missing = missingTools(language)
    if (call.json) print(JSON.stringify({ type: 'guest', files: files.map(({ path }) => join(name, path)), missing }))
    else for (const { path } of files) print(join(name, path))
    for (const hint of missing) say(`ipvm: ${hint}`)
    const install = 'devDependencies' in languages[language] ? 'npm install && ' : ''
    say(`Next: cd ${name} && ${install}npm start`)
    return exit.ok
  },
}

async function makeEffect(name: string, call: Call): Promise<ExitCode> {
  const lang = call.value('lang') ?? 'ts'
  if (lang !== 'ts') {
    const message = `effects are written in TypeScript, not in ${lang}; leave --lang out, or let one call your program`
    throw new Stop({ name: 'Usage', message })
  }
  const files = orStop(await effectFiles(name))
  await refuseTaken(name)
  for (const { path, content } of files) await writeOutput(join(name, path), new TextEncoder().encode(content))
  if (call.json) print(JSON.stringify({ type: 'effect', files: files.map(({ path }) => join(name, path)) }))
  else for (const { path } of files) print(join(name, path))
  say(`Next: cd ${name} && npm install && npm test`)
  return exit.ok
}

function languageOf(name: string): LanguageName {
  if (isLanguage(name)) return name
  const known = Object.keys(languages).join(', ')
  throw new Stop({
    name: 'Usage',
    message: `no template for "${name}"; there are: ${known}. Any other language works, too, if it makes components or core modules`,
  })
}

/** An empty folder will do; anything else is somebody's. */
async function refuseTaken(name: string): Promise<void> {
  const there = await readdir(name).catch((thrown: NodeJS.ErrnoException) =>
    thrown.code === 'ENOENT' ? [] : undefined,
  )
  if (there?.length === 0) return
  throw new Stop({ name: 'FileExists', message: `${name} is there already; choose another name, or move it away` })
}
