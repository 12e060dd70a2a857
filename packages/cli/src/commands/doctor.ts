import { homeOf } from '@ipvm/node'
import type { Command } from '../command.ts'
import { exit } from '../exit.ts'
import { print, printable } from '../output.ts'

/** `ipvm doctor` */
export const doctor: Command = {
  usage: '',
  words: 0,
  summary:
    'Looks whether all is well: store, keys, config, ports, clock, certificate, peers; and says what to do where not.',
  examples: ['doctor', 'doctor --json'],
  options: {},
  run: async call => {
    const { examine } = await import('@ipvm/node/doctor')
    const findings = await examine(homeOf(call.home))
    for (const finding of findings) {
      if (call.json) print(JSON.stringify(finding))
      else {
        const { level, of, what, advice } = finding
        print(`${level.padEnd(4)}  ${of.padEnd(6)}  ${printable(what)}`)
        if (advice !== undefined) print(`${' '.repeat(14)}${printable(advice)}`)
      }
    }
    return findings.some(({ level }) => level === 'fail') ? exit.failed : exit.ok
  },
}
