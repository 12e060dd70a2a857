import { exit, type ExitCode } from './exit.ts'

/**
 * What comes from outside (labels, messages, results) may hold characters that move a terminal's cursor, change its
 * title, or turn the direction of writing; they are cut out where text is printed for people.
 */
const unprintable = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]+/gu

/** Text from outside on one line. */
export function printable(text: string): string {
  return text.replace(unprintable, ' ').trim()
}

/** Whether nothing of a text would be cut out where it is printed. */
export function isPrintable(text: string): boolean {
  return text.search(unprintable) < 0
}

/** Text of several lines, some of it from outside. */
function printableLines(text: string): string {
  return text
    .split('\n')
    .map(line => line.replace(unprintable, ' '))
    .join('\n')
}

/** Prints a line of the result. A program that reads it gets it as it is. */
export function print(text: string): void {
  process.stdout.write(`${process.stdout.isTTY ? printableLines(text) : text}\n`)
}

/** Prints what was drawn for people, colours and all; whoever drew it has made what comes from outside printable. */
export function printDrawn(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Tells the user something beside the result. */
export function say(text: string): void {
  process.stderr.write(`${printableLines(text)}\n`)
}

/**
 * Keeps the command going when nobody reads on (a closed pipe is no reason to cut a run), and notes when the output
 * could not be written. The function gives the exit status, given the command's own.
 */
export function watchOutput(): (own: ExitCode) => ExitCode {
  let fault: string | undefined
  process.stderr.on('error', () => {})
  process.stdout.on('error', (thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'EPIPE' && thrown.code !== 'ERR_STREAM_DESTROYED') fault ??= thrown.message
    if (fault !== undefined) process.exitCode = exit.fault
  })
  process.on('exit', () => {
    if (fault !== undefined)
      say(`ipvm: the result could not be written: ${fault}; free some space, or write it elsewhere`)
  })
  return own => (fault === undefined ? own : exit.fault)
}
