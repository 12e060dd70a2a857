import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { Stop } from '../exit.ts'

/** Where a script gives the passphrase that a person would type. */
const variable = 'IPVM_PASSPHRASE'

/** A passphrase: from `$IPVM_PASSPHRASE`, else typed on the terminal, where it is not shown. */
export async function askPassphrase(question: string): Promise<string> {
  const given = process.env[variable]
  if (given !== undefined) return given
  if (!process.stdin.isTTY) {
    throw new Stop({ name: 'PassphraseNeeded', message: `${question}: set $${variable}, or run it on a terminal` })
  }
  return askHidden(question)
}

/** What is typed on the terminal, where it is not shown. */
export async function askHidden(question: string): Promise<string> {
  process.stderr.write(`${question}: `)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('SIGINT', () => reject(new Stop({ name: 'Interrupted', message: 'interrupted' }, 130)))
      lines.question('', resolve)
    })
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
