import { isName } from '@ipvm/ucan/name'
import { isDid, sameDid, withoutFragment, type Did } from '@ipvm/varsig'

/** A name and whose it is: the same everywhere. */
export interface GlobalName {
  readonly iss: Did
  readonly name: string
}

/** `did:key:z6Mk…/image` as text has it; nothing where it is of another form. */
export function parseGlobalName(text: string): GlobalName | undefined {
  const slash = text.lastIndexOf('/')
  const [iss, name] = [text.slice(0, Math.max(0, slash)), text.slice(slash + 1)]
  return isDid(iss) && !iss.includes('/') && isName(name) ? { iss, name } : undefined
}

/** A name as it is written: `did:key:z6Mk…/image`. */
export function printGlobalName({ iss, name }: GlobalName): string {
  return `${withoutFragment(iss)}/${name}`
}

/** Whether two names are one. */
export function isSameName(a: GlobalName, b: GlobalName): boolean {
  return a.name === b.name && sameDid(a.iss, b.iss)
}
