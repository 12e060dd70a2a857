import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * The URL of a package's entry: as the author's project has it, else as it is installed beside this package. Undefined
 * where neither is.
 */
export function findPackage(name: string, projectFolder: string): string | undefined {
  for (const start of [projectFolder, import.meta.dirname]) {
    for (let folder = start; ; folder = dirname(folder)) {
      const home = join(folder, 'node_modules', name)
      if (existsSync(join(home, 'package.json'))) return pathToFileURL(join(home, entryOf(home))).href
      if (folder === dirname(folder)) break
    }
  }
  return undefined
}

function entryOf(home: string): string {
  const { exports, main } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  const root = exports?.['.'] ?? exports
  const entry = typeof root === 'string' ? root : (root?.import ?? root?.default ?? main)
  return typeof entry === 'string' ? entry : (entry?.default ?? 'index.js')
}
