import { Buffer } from 'node:buffer'
import { readFileSync } from 'node:fs'
import type { Failure } from '@ipvm/ipld'
import { bitsOf32, bitsOf64 } from '../../../packages/wasm/src/abi/float.ts'
import { engine } from '../../../packages/wasm/src/engine.ts'
import { rewriteCoreModule } from '../../../packages/wasm/src/instrument/rewrite.ts'
import { Instantiator, type Ending, type Instantiated, type Linked } from '../instantiate.ts'
import type { Action, Command, ModuleBinary, Script, Value } from '../script.ts'
import { adapt } from './adaptor.ts'
import { failed, passed, refused, skipped, type Outcome, type Verdict } from './outcome.ts'
import { isTrap, printEnding } from './trap.ts'
import { fromBits, matches, toBits, type Result } from './value.ts'

/** Runs a script through our instrumentation, from its first command to its last. */
export function runScript(script: Script): readonly Outcome[] {
  const run = new ScriptRun()
  return script.commands.map(command => ({ line: command.line, command: command.type, ...run.command(command) }))
}

/** A module that the script refers to: its instance, or why there is none. */
type Known = { readonly kind: 'linked'; readonly linked: Linked } | Verdict

const spectest = new Uint8Array(readFileSync(new URL('../own/spectest.wasm', import.meta.url)))

class ScriptRun {
  readonly #instantiator = new Instantiator()
  readonly #registered = new Map<string, Known>()
  readonly #named = new Map<string, Known>()
  readonly #definitions = new Map<string, ModuleBinary>()
  #last: Known = failed('there is no module yet')
  #lastDefinition: ModuleBinary = { problem: 'there is no module yet' }

  constructor() {
    this.#registered.set('spectest', this.#instantiate({ base64: Buffer.from(spectest).toString('base64') }).known)
  }

  command(command: Command): Verdict {
    switch (command.type) {
      case 'module':
        return this.#module(command.module, command.name)
      case 'module_definition':
        this.#lastDefinition = command.module
        if (command.name !== undefined) this.#definitions.set(command.name, command.module)
        return checkDefinition(command.module)
      case 'module_instance':
        return this.#module(this.#definitions.get(command.definition) ?? this.#lastDefinition, command.name)
      case 'register':
        return this.#register(command.as, this.#known(command.name))
      case 'action':
        return this.#act(command.action, () => passed)
      case 'assert_return':
        return this.#act(
          command.action,
          results => checkResults(command.expected, results),
          undefined,
          command.expected[0]?.type,
        )
      case 'assert_trap':
      case 'assert_exhaustion':
        return this.#act(
          command.action,
          results => failed(`returned ${results.map(String)} instead of ${command.text}`),
          ending => checkEnding(command, ending),
        )
      case 'assert_invalid':
      case 'assert_malformed':
        return checkRefused(command.module)
      case 'assert_unlinkable':
      case 'assert_uninstantiable':
        return this.#checkStart(command.module, command)
      case 'other':
        return skipped(command.reason)
    }
  }

  #register(name: string, known: Known): Verdict {
    this.#registered.set(name, known)
    return known.kind === 'linked' ? passed : known
  }

  #module(module: ModuleBinary, name: string | undefined): Verdict {
    const { known } = this.#instantiate(module)
    this.#last = known
    if (name !== undefined) this.#named.set(name, known)
    return known.kind === 'linked' ? passed : known
  }

  #checkStart(module: ModuleBinary, { type, text }: { readonly type: string; readonly text: string }): Verdict {
    const { known, ending } = this.#instantiate(module)
    if (known.kind === 'linked') return failed(`instantiated instead of ${text}`)
    if (!ending) return known
    const isExpected = type === 'assert_unlinkable' ? ending.kind === 'unlinkable' : isTrap(ending, text)
    return isExpected ? passed : failed(`${printEnding(ending)} instead of ${text}`)
  }

  #instantiate(module: ModuleBinary): { readonly known: Known; readonly ending?: Ending } {
    if ('problem' in module) return { known: skipped(module.problem) }
    let blocked: Verdict | undefined
    const resolve = (namespace: string, name: string): unknown => {
      const from = this.#registered.get(namespace)
      if (from?.kind === 'linked') return from.linked.exports.get(name)?.value
      if (from) blocked = from
      return undefined
    }
    const done = this.#instantiator.instantiate(bytesOf(module.base64), resolve)
    // What it imports is not there because of what was refused before.
    if (blocked && done.kind === 'ended') return { known: blocked }
    return { known: toKnown(done), ...(done.kind === 'ended' && { ending: done.ending }) }
  }

  #known(name: string | undefined): Known {
    return name === undefined ? this.#last : (this.#named.get(name) ?? failed(`there is no module ${name}`))
  }

  #act(
    action: Action,
    returned: (results: readonly Result[]) => Verdict,
    ended: (ending: Ending) => Verdict = ending => failed(printEnding(ending)),
    type?: Value['type'],
  ): Verdict {
    const known = this.#known(action.module)
    if (known.kind !== 'linked') return known
    const exported = known.linked.exports.get(action.field)
    if (!exported) return failed(`there is no export ${action.field}`)
    const { extern, value } = exported
    if (action.type === 'get') return returned([globalBits(value, type)])
    if (extern.sort !== 'core func' || typeof value !== 'function') return failed(`${action.field} is no function`)
    const args = action.args.flatMap(toBits)
    try {
      const adapted = adapt(value, extern.type)
      return returned(
        fromBits(
          extern.type.results,
          this.#instantiator.call(() => adapted(args)),
        ),
      )
    } catch (thrown) {
      return ended(this.#instantiator.endingOf(thrown))
    }
  }
}

function toKnown(done: Instantiated): Known {
  if (done.kind === 'linked') return done
  if (done.kind === 'ended') return failed(printEnding(done.ending))
  const feature = featureOf(done.failure)
  return feature === undefined ? failed(done.failure.message) : refused(feature)
}

/** The feature that a module was refused for. */
function featureOf({ name, message }: Failure): string | undefined {
  return name === 'UnsupportedModule' ? /^it uses (.+?)(?: \([^)]*\))? at byte \d+,/.exec(message)?.[1] : undefined
}

function checkDefinition(module: ModuleBinary): Verdict {
  if ('problem' in module) return skipped(module.problem)
  const read = rewriteCoreModule(bytesOf(module.base64), 0)
  if (!('error' in read)) return passed
  const feature = featureOf(read.error)
  return feature === undefined ? failed(read.error.message) : refused(feature)
}

/** A module that is not valid is never accepted, whatever the reason that we give first. */
function checkRefused(module: ModuleBinary): Verdict {
  if ('problem' in module) return skipped(module.problem)
  return 'error' in rewriteCoreModule(bytesOf(module.base64), 0) ? passed : failed('accepted')
}

/** An assertion that a call does not return. */
type EndAssertion = Extract<Command, { readonly type: 'assert_trap' | 'assert_exhaustion' }>

function checkEnding({ type, text }: EndAssertion, ending: Ending): Verdict {
  const isExpected = type === 'assert_exhaustion' ? ending.kind === 'exhaustion' : isTrap(ending, text)
  return isExpected ? passed : failed(`${printEnding(ending)} instead of ${text}`)
}

function checkResults(expected: readonly Value[], found: readonly Result[]): Verdict {
  const isExpected = expected.length === found.length && expected.every((value, i) => matches(value, found[i]))
  return isExpected ? passed : failed(`returned ${found.map(printResult)} instead of ${JSON.stringify(expected)}`)
}

function printResult(result: Result): string {
  return typeof result === 'bigint' ? `0x${result.toString(16)}` : String(result)
}

/** The value of an exported global, as bits of the type that is expected: JavaScript has numbers for three of them. */
function globalBits(exported: unknown, type: Value['type'] | undefined): Result {
  if (!(exported instanceof engine.Global)) throw new TypeError('a global that is none')
  const value: unknown = exported.value
  if (typeof value === 'bigint') return BigInt.asUintN(64, value)
  if (typeof value === 'number' && type === 'f32') return BigInt(bitsOf32(value) >>> 0)
  if (typeof value === 'number' && type === 'f64') return BigInt.asUintN(64, bitsOf64(value))
  if (typeof value === 'number') return BigInt.asUintN(32, BigInt(value))
  return value === null || typeof value === 'object' || typeof value === 'function' ? value : String(value)
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(base64, 'base64'))
}
