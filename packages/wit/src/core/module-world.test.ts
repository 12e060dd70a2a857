import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { printWorld } from '../world/print.ts'
import { worldValue } from '../world/value.ts'
import type { World } from '../world/world.ts'
import { moduleWorld } from './link.ts'

const fixtures = new URL('../../../wasm/fixtures/', import.meta.url)

function bytesOf(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`${name}.wasm`, fixtures)))
}

function worldIn(bytes: Uint8Array): World {
  const world = moduleWorld(bytes)
  if ('error' in world) throw new Error(world.error.message)
  return world.ok
}

function printed(bytes: Uint8Array): string {
  const text = printWorld(worldIn(bytes))
  return 'ok' in text ? text.ok : text.error.message
}

describe('the WIT of a core module', () => {
  it('with an embedded world is that of the component that tools make of it', () => {
    const [core, component] = [printed(bytesOf('core/host')), printed(bytesOf('host'))]
    const exportsOf = (text: string) => text.split('\n').filter(line => line.startsWith('  export '))
    expect(exportsOf(core)).toEqual(exportsOf(component))
    expect(core).toContain('  import wasi:logging/logging;\n')
    expect(core).toContain('    log: func(level: level, context: string, message: string);\n')
  })

  it('that says nothing of WIT has its functions of numbers, and why not the others', () => {
    expect(printed(bytesOf('core/plain'))).toContain(
      '  export add: func(p0: s32, p1: s32) -> s32;\n  export widen: func(p0: s32) -> s64;\n',
    )
    expect(printed(bytesOf('core/plain'))).toContain('  // two: has the type () -> (i32, i32), and only numbers')
    expect(printed(bytesOf('core/imports'))).toContain('  // wasi_snapshot_preview1: is imported ("fd_write"), and')
    expect(worldValue(worldIn(bytesOf('core/plain')))).toMatchObject({
      ok: { exports: expect.arrayContaining([expect.objectContaining({ name: 'two', kind: 'withheld' })]) },
    })
  })

  it('cannot be made to say something else by the name of a function', () => {
    const bytes = bytesOf('core/plain')
    const at = Buffer.from(bytes).indexOf('nothing')
    bytes.set(new TextEncoder().encode('}\n\u001b[2J;'), at)
    expect(printed(bytes)).toContain('  // export "}\\n\\u001b[2J;": func()\n')
    bytes.set(new TextEncoder().encode('add_one'), at)
    expect(printed(bytes)).toContain('  // export add_one: func()\n')
  })

  it('that is none is refused as it is when it is run', () => {
    expect(moduleWorld(bytesOf('core/plain').subarray(0, 20))).toMatchObject({
      error: {
        name: 'MalformedComponent',
        message: expect.stringMatching(/^not a valid core module: .* at byte \d+$/),
      },
    })
  })
})
