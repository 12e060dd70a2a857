import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { languages, type LanguageName, type Tool } from './language.ts'

/** What a language's tools lack on this machine: one sentence each, with the command that gets it. */
export function missingTools(language: LanguageName): string[] {
  const tools: readonly Tool[] = languages[language].tools
  return tools.filter(tool => !isThere(tool)).map(tool => tool.hint)
}

/** A compiler that knows a target by name may still lack its libraries: then the folder that it names is not there. */
function isThere({ probe: [program, ...args] }: Tool): boolean {
  const windows = process.platform === 'win32'
  const { status, stdout } = spawnSync(program, args, {
    encoding: 'utf8',
    shell: windows,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  if (status !== 0) return false
  if (args.includes('--print-targets')) return stdout.includes('wasm32')
  return !args.includes('target-libdir') || existsSync(stdout.trim())
}
