import type { CID } from '@ipvm/ipld'
import type { Call } from '../command.ts'
import { isPrintable } from '../output.ts'

/** A command of ipvm as it has to be typed here: under npm it is not on the path, and the node may be elsewhere. */
export function commandLine(words: readonly (string | CID)[], { home }: Pick<Call, 'home'>): string {
  const ipvm = process.env.npm_execpath === undefined ? 'ipvm' : 'npx ipvm'
  const typed = words.map(String)
  const end = typed.indexOf('--')
  if (home !== undefined) typed.splice(end < 0 ? typed.length : end, 0, '--home', home)
  return `${ipvm} ${typed.map(quoted).join(' ')}`
}

/** The same of a command about a task of a run, whose label may begin with a dash. */
export function taskCommandLine(
  verb: string,
  about: { readonly run: CID; readonly label: string },
  options: readonly string[],
  call: Pick<Call, 'home'>,
): string {
  const { run, label } = about
  const words = label.startsWith('-') ? [verb, ...options, '--', run, label] : [verb, run, label, ...options]
  return commandLine(words, call)
}

function quoted(word: string): string {
  // What would steer the terminal is cut out where it is printed, so it is written in the shell's own way.
  if (!isPrintable(word)) {
    return `$'${word.replace(/[\\']/g, '\\$&').replace(/[\p{C}\u2028\u2029]/gu, escaped)}'`
  }
  return /^[\w./~:@+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

function escaped(character: string): string {
  return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`
}
