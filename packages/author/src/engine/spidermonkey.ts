import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from './engine.ts'
import { failureAtTop, missingTool } from './failures.ts'
import { findPackage } from './find.ts'

const tool = '@bytecodealliance/componentize-js'

/** ComponentizeJS, as far as it is used here. */
interface Componentize {
  componentize(options: {
    sourcePath: string
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
    const work = await mkdtemp(join(tmpdir(), 'ipvm-build-'))
    try {
      const sourcePath = join(work, 'user.js')
      await writeFile(sourcePath, bundle.code)
      const disableFeatures = ['random', 'stdio', 'clocks', 'http', 'fetch-event']
      const { component } = await componentize({ sourcePath, witWorld: wit, disableFeatures })
      return { ok: component }
    } catch (thrown) {
      return { error: failureAtTop(thrown, input, tool) }
    } finally {
      await rm(work, { recursive: true, force: true })
    }
  },
}

async function load(url: string): Promise<Componentize> {
  return await import(url)
}
