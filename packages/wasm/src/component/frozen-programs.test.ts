import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { cidOf, codec } from '@ipvm/ipld'
import { expect, test } from 'vitest'
import { quotas, seed } from '../guests.test-fixture.ts'
import { hostFunction } from '../host/interfaces.ts'
import { compile } from '../sandbox/compile.ts'
import { invoke, type Invoked } from '../sandbox/invoke.ts'
import { rewrite } from '../sandbox/prepare.ts'
import { freeze, thaw } from './frozen.ts'
import type { PlainProgram } from './program.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const guests = globSync(['packages/{wasm/fixtures,testing/hostile}/**/*.wasm', 'guests/{add,image}/*.wasm'], {
  cwd: root,
}).sort()

function plain(path: string): PlainProgram | undefined {
  const rewritten = rewrite(new Uint8Array(readFileSync(`${root}${path}`)))
  return 'ok' in rewritten ? rewritten.ok : undefined
}

/** What every function gives that takes nothing or numbers. */
function callsOf(program: PlainProgram): Invoked[] {
  const compiled = compile(program)
  if ('error' in compiled) throw new Error(compiled.error.message)
  const callable = program.functions.filter(({ type }) =>
    type.params.every(param => /^[su](8|16|32)$/.test(param.type.kind)),
  )
  return callable.map(({ name, type }) => {
    const invocation = { fun: name, args: type.params.map(() => 3), quotas: { ...quotas, gas: 3e6 }, seed }
    return invoke(compiled.ok, invocation, hostFunction)
  })
}

test('every guest comes out of the cache as it went in, with the same results, gas and log', () => {
  const programs = guests.flatMap(path => {
    const program = plain(path)
    return program ? [[path, program] as const] : []
  })
  expect(programs.length).toBeGreaterThan(15)
  for (const [path, program] of programs) {
    const thawed = thaw(freeze(program))
    expect(thawed, path).toEqual(program)
    if (thawed) expect(callsOf(thawed), path).toEqual(callsOf(program))
  }
})

/**
 * Caches outlive versions of this code. When this fails, what rewriting gives has changed: raise `writing` in
 * pool/programs.ts, so that what is in caches is not run any more, and then write the new name here.
 */
test('what rewriting gives is what caches of this version hold', () => {
  const [echo, host] = [plain('packages/wasm/fixtures/echo.wasm'), plain('packages/wasm/fixtures/core/host.wasm')]
  if (!echo || !host) throw new Error('a fixture is refused')
  const names = [echo, host].map(program => cidOf(codec.raw, freeze(program)).toString())
  expect(names).toEqual([
    'bafkreifp4dsmpjtbgsiw4g3ehubqushdwjrqm62amaihjwixjwtbaamqbq',
    'bafkreihew2xqqzdlgqxbsnmntybyghgmkza6iexypavqd5pb4e2h7cljni',
  ])
})
