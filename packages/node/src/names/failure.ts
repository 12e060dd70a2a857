import type { CID, Failure } from '@ipvm/ipld'
import type { NameRecord } from '@ipvm/ucan'
import { printGlobalName, type GlobalName } from './global-name.ts'

/** A name, a licence or a number that a record cannot have. */
export interface InvalidName extends Failure {
  readonly name: 'InvalidName'
}

/** A record with a higher number is known already. */
export interface NameGoesBack extends Failure {
  readonly name: 'NameGoesBack'
  readonly seq: number
  readonly known: number
}

/** What was brought is about names, and not about the one that was asked for. */
export interface ForeignName extends Failure {
  readonly name: 'ForeignName'
}

/** What was brought is about several names, and none was asked for. */
export interface AmbiguousName extends Failure {
  readonly name: 'AmbiguousName'
}

/** No record of the name is known here. */
export interface UnknownName extends Failure {
  readonly name: 'UnknownName'
}

/** A token that was brought says that it is a name record, and is none. */
export interface MalformedName extends Failure {
  readonly name: 'MalformedName'
}

/** The module of a name is neither here nor in what was brought. */
export interface MissingModule extends Failure {
  readonly name: 'MissingModule'
}

/** The local name stands for another agent's module. */
export interface NameTaken extends Failure {
  readonly name: 'NameTaken'
}

export function invalidName(text: string): InvalidName {
  const message = `"${text}" cannot be a name; write a-z, 0-9 and single dashes, such as blur-image`
  return { name: 'InvalidName', message }
}

export function goesBack(name: GlobalName, seq: number, known: number): NameGoesBack {
  const message = `${printGlobalName(name)} is known with the number ${known}, and this record has ${seq}: ask for the later one`
  return { name: 'NameGoesBack', message, seq, known }
}

export function numberTaken(name: GlobalName, seq: number, known: number): NameGoesBack {
  const message = `${printGlobalName(name)} was published with the number ${known}; the next one has to be higher, not ${seq}`
  return { name: 'NameGoesBack', message, seq, known }
}

export function foreignName(wanted: GlobalName, brought: readonly NameRecord[]): ForeignName {
  const names = [...new Set(brought.map(printGlobalName))].join(', ')
  const message = `${printGlobalName(wanted)} is not among what was brought; that names ${names}`
  return { name: 'ForeignName', message }
}

export function ambiguousName(names: readonly string[]): AmbiguousName {
  return { name: 'AmbiguousName', message: `it has records of several names; say which one: ${names.join(', ')}` }
}

export function unknownName(wanted: GlobalName | undefined): UnknownName {
  const message = wanted
    ? `no record of ${printGlobalName(wanted)} is known here; ask its publisher for the file that ipvm publish --out writes, and add it with --from FILE`
    : 'there is no name record in it; ipvm publish --out writes a file that has one'
  return { name: 'UnknownName', message }
}

export function missingModule(record: NameRecord, problem: string): MissingModule {
  const message = `the module ${record.mod} of ${printGlobalName(record)} is neither here nor in what was brought (${problem}); ask its publisher for the file that ipvm publish --out writes`
  return { name: 'MissingModule', message }
}

export function nameTaken(local: string, other: GlobalName): NameTaken {
  const message = `"${local}" stands for ${printGlobalName(other)} here; choose another name with --as NAME`
  return { name: 'NameTaken', message }
}

export function malformedName(cid: CID | undefined, problem: string): MalformedName {
  return { name: 'MalformedName', message: `the name record${cid ? ` ${cid}` : ''} is not to be trusted: ${problem}` }
}
