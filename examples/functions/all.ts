import { readFile } from 'node:fs/promises'
import { workflow } from '@ipvm/workflow'
import { shift as assemblyscript } from './assemblyscript/shift.wasm.ts'
import { shift as c } from './c/shift.wasm.ts'
import { shift as rust } from './rust/shift.wasm.ts'

/**
 * Moves the letters of a text by 3, 5, 7 and 11 places, each time in another language. That is 26 in all, so the text comes out
 * as it went in: `ipvm run all.ts ["a text"]`.
 *
 * @param built the function in TypeScript, which is built here (README.md)
 */
export default async function all(text = 'Hello, four languages!', built?: string) {
  const typescript = await builtTypeScript(built)
  return workflow('all', ({ task }) => {
    const first = task('typescript', { mod: typescript, fun: 'shift', params: [text, 3] })
    const second = task('assemblyscript', assemblyscript.shift(first, 5))
    const third = task('rust', rust.shift(second, 7))
    task('c', c.shift(third, 11))
  })
}

async function builtTypeScript(built?: string): Promise<Uint8Array> {
  const place = built ?? new URL('typescript/shift.wasm', import.meta.url)
  return readFile(place).catch(() => {
    throw new Error('the function in TypeScript is not built; run: npm run build:functions -- typescript')
  })
}
