import { error, ok, type Failure, type Result } from '@ipvm/ipld'

/** A module's name for something cannot be written in TypeScript, or two names become one. */
export interface UnnameableExport extends Failure {
  readonly name: 'UnnameableExport'
}

/**
 * What WIT lets a name be: words of ASCII letters and digits. Names come from a stranger's binary and go into code that the
 * user runs, so nothing else gets through.
 */
const kebabName = /^[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$/

/** Words that no binding may have, and globals that must keep their meaning in the file. */
const reserved = new Set(
  [
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends false',
    'finally for function if implements import in instanceof interface let new null package private protected public return',
    'static super switch this throw true try typeof undefined var void while with yield',
    'wit mod readFileSync pinnedModule WasmCall URL Uint8Array string number bigint boolean symbol never unknown any object',
  ].flatMap(words => words.split(' ')),
)

/** Whether a name may stand in generated code. */
export function isName(name: string): boolean {
  return kebabName.test(name)
}

/** A WIT name as a variable or property: `add-one` is `addOne`; one that is taken by the language gets a `_`. */
export function camelCase(name: string): string {
  const joined = name.replace(/-([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  const camel = joined.charAt(0).toLowerCase() + joined.slice(1)
  return reserved.has(camel) ? `${camel}_` : camel
}

/** A WIT name as a type: `dark-point` is `DarkPoint`. */
export function pascalCase(name: string): string {
  const camel = name.replace(/-([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  const pascal = camel.charAt(0).toUpperCase() + camel.slice(1)
  return reserved.has(pascal) ? `${pascal}_` : pascal
}

/** A key of an object type: as it is where it may be, else in quotes. */
export function propertyKey(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)
}

/** The variable that a file's module gets: `my-image.wasm` is `myImage`. */
export function bindingName(file: string): Result<string, UnnameableExport> {
  const stem = (file.split('.')[0] ?? '').replace(/[_\s.]+/g, '-').replace(/^-+|-+$/g, '')
  if (isName(stem)) return ok(camelCase(stem))
  const message = `${JSON.stringify(file)} gives no name for a variable; rename it to something like image.wasm`
  return error({ name: 'UnnameableExport', message })
}
