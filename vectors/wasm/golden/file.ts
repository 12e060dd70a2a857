import { readFileSync, writeFileSync } from 'node:fs'
import { runCase, type Call, type Ran } from './run-case.ts'

/** A call, and what came of it when the file was written. */
export interface Golden {
  readonly call: Call
  readonly ran?: Ran
}

const root = new URL('../../../', import.meta.url)
const file = new URL('../goldens.json', import.meta.url)

/** The calls of `goldens.json`, in its order. */
export function readGoldens(): readonly Golden[] {
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** Writes the file, one call and one outcome per line, so that a change can be read. */
export function writeGoldens(goldens: readonly Golden[]): void {
  const lines = goldens.map(golden => JSON.stringify(golden).replace(',"ran":', ',\n "ran":'))
  writeFileSync(file, `[\n${lines.join(',\n')}\n]\n`)
}

/** The bytes of a guest. */
export function guestBytes(guest: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(guest, root)))
}

/** Makes all the calls, with the engine that runs this. */
export function runHere(calls: readonly Call[]): readonly Ran[] {
  return calls.map(call => runCase(guestBytes(call.guest), call))
}

/** Where an engine does not agree with the file: a line for each call. */
export function differences(goldens: readonly Golden[], found: readonly Ran[]): readonly string[] {
  return goldens.flatMap(({ call, ran }, i) => {
    const wanted = JSON.stringify(ran)
    const got = JSON.stringify(found[i])
    return wanted === got ? [] : [`${call.guest} ${call.fun}: ${got}\n  instead of ${wanted}`]
  })
}
