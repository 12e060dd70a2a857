import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { error, ok, type Failure, type Result } from '@ipvm/ipld'
import { isName } from '../types/identifier.ts'
import { guestNameMax } from '../limits.ts'
import { effectTemplate, languages, type Language, type LanguageName } from './language.ts'

/** A name that a guest cannot have. */
export interface BadGuestName extends Failure {
  readonly name: 'BadGuestName'
}

/** A file of a new guest, by its path in the guest's folder. */
export interface TemplateFile {
  readonly path: string
  readonly content: string
}

const templates = fileURLToPath(new URL('../../templates/', import.meta.url))

/**
 * The files of a new guest: source, WIT where the language does not say it itself, a test, a README, and a package.json whose
 * scripts build, run and test it. Failure: `BadGuestName`.
 */
export function guestFiles(
  name: string,
  language: LanguageName,
): Promise<Result<readonly TemplateFile[], BadGuestName>> {
  return filled(name, languages[language], 'guest')
}

/**
 * The files of a new effect: its definition, a test with the suite of contracts, a workflow that asks for it, a README and a
 * package.json. Failure: `BadGuestName`.
 */
export function effectFiles(name: string): Promise<Result<readonly TemplateFile[], BadGuestName>> {
  return filled(name, effectTemplate, 'effect')
}

async function filled(
  name: string,
  own: Language,
  what: 'guest' | 'effect',
): Promise<Result<readonly TemplateFile[], BadGuestName>> {
  if (!isName(name) || name !== name.toLowerCase() || name.length > guestNameMax) {
    const article = what === 'guest' ? 'a guest' : 'an effect'
    const message = `${JSON.stringify(name)} is no name for ${article}; write words of a-z and 0-9, joined by dashes, as my-${what}`
    return error({ name: 'BadGuestName', message })
  }
  const copied = await Promise.all(own.folders.map(folder => filesOf(join(templates, folder))))
  const files = [...copied.flat(), ...written(own)]
  const named = (text: string) => text.replaceAll('__name__', name)
  return ok(files.map(({ path, content }) => ({ path: named(path), content: named(content) })))
}

async function filesOf(folder: string): Promise<TemplateFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  return Promise.all(
    paths.map(async path => ({ path: path.slice(folder.length + 1), content: await readFile(path, 'utf8') })),
  )
}

/** What would mean something to npm and git where the templates are. */
function written({ scripts, devDependencies, ignored }: Language): TemplateFile[] {
  const manifest = {
    ...{ name: '__name__', private: true, type: 'module', scripts },
    ...(devDependencies && { devDependencies }),
  }
  return [
    { path: 'package.json', content: `${JSON.stringify(manifest, null, 2)}\n` },
    { path: '.gitignore', content: `${['node_modules/', ...ignored].join('\n')}\n` },
  ]
}
