import { guestModule } from '../bundle/bundle.ts'
import type { GuestEngine } from '../guest/codec.ts'
import { camelCase } from '../wit/label.ts'
import type { WorldShape } from '../wit/shape.ts'

/**
 * The module that an engine loads: the prelude first, then the author's file, then each function with what turns its
 * values. `logging` is the module that has the log.
 */
export function entryText(file: string, world: WorldShape, engine: GuestEngine, logging?: string): string {
  const lines = [
    `import { logTo } from ${quoted(guestModule('prelude'))}`,
    `import ${quoted(guestModule('text'))}`,
    `import * as author from ${quoted(file)}`,
    `import { serve } from ${quoted(guestModule('serve'))}`,
    ...(logging === undefined ? [] : [`import { log } from ${quoted(`${logging}/logging`)}`, 'logTo(log)']),
  ]
  for (const [index, shape] of world.functions.entries()) {
    const bare = JSON.stringify({ ...shape, docs: '' })
    lines.push(
      `const function${index} = serve(${bare}, author[${quoted(shape.name)}], ${quoted(engine)})`,
      `export { function${index} as ${camelCase(shape.label)} }`,
    )
  }
  return lines.join('\n')
}

function quoted(text: string): string {
  return JSON.stringify(text)
}
