import type { Engine } from './engine.ts'
import { failureAtTop, missingTool } from './failures.ts'
import { findPackage } from './find.ts'

const tool = '@bytecodealliance/componentize-js'

/** ComponentizeJS, as far as it is used here. */
interface Componentize {
  componentize(options: {
    sourcePath?: string
    source: string
    witWorld: string
    disableFeatures: readonly string[]
  }): Promise<{ readonly component: Uint8Array }>
}

/** SpiderMonkey: components of 12 MB, whose loops run two to three times as fast as QuickJS's. */
export const spiderMonkey: Engine = {
  logging: 'wasi:logging',
  guest: 'spidermonkey',
  async make(input) {
    const { bundle, wit, folder } = input
    const url = findPackage(tool, folder)
    if (url === undefined) return { error: missingTool(tool) }
    const { componentize } = await load(url)
    try {
      const { component } = await componentize({
        source: bundle.code,
        witWorld: wit,
        disableFeatures: ['random', 'stdio', 'clocks', 'http', 'fetch-event'],
      })
      return { ok: component }
    } catch (thrown) {
      const said = thrown instanceof Error && 'stderr' in thrown ? `${thrown.message} ${thrown.stderr}` : thrown
      return { error: failureAtTop(said, input, tool) }
    }
  },
}

async function load(url: string): Promise<Componentize> {
  return await import(url)
}
