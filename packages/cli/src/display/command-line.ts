import type { CID } from '@ipvm/ipld'
import type { Call } from '../command.ts'

/** A command of ipvm as it has to be typed here: under npm it is not on the path, and the node may be elsewhere. */
export function commandLine(words: readonly (string | CID)[], { home }: Pick<Call, 'home'>): string {
  const ipvm = process.env.npm_execpath === undefined ? 'ipvm' : 'npx ipvm'
  const typed = [...words, ...(home === undefined ? [] : ['--home', home])]
  return `${ipvm} ${typed.map(word => quoted(String(word))).join(' ')}`
}

function quoted(word: string): string {
  return /^[\w./~:@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
