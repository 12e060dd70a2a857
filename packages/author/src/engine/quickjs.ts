import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { failureOf } from '../build/failure.ts'
import { finishQuickJs } from './component.ts'
import type { Engine } from './engine.ts'
import { failureAtTop, missingTool } from './failures.ts'
import { findPackage } from './find.ts'

const tool = 'componentize-qjs'

/** componentize-qjs, as far as it is used here. */
interface Componentize {
  componentize(options: {
    witPath: string
    jsSource: string
    stubWasi: boolean
    sync: boolean
    optSize: boolean
  }): Promise<{ readonly component: Uint8Array }>
}

/**
 * QuickJS: components of 1–2 MB that start in milliseconds. Its tool stubs every import whose name begins with `wasi:`, so
 * the log goes under a name of ours until the component is finished.
 */
export const quickJs: Engine = {
  logging: 'ipvm:logging',
  guest: 'quickjs',
  async make(input) {
    const { bundle, wit, folder, hasLog, isDraft } = input
    const url = findPackage(tool, folder)
    if (url === undefined) return { error: missingTool(tool) }
    const { componentize } = await load(url)
    const work = await mkdtemp(join(tmpdir(), 'ipvm-build-'))
    try {
      const witPath = join(work, 'world.wit')
      await writeFile(witPath, wit)
      const { component } = await componentize({
        witPath,
        jsSource: bundle.code,
        stubWasi: true,
        sync: true,
        optSize: isDraft,
      })
      const finished = finishQuickJs(component, hasLog)
      if (finished) return { ok: finished }
      const message = `this version of ${tool} makes components that are not known here; npm install ${tool}@0.4`
      return { error: failureOf('EngineFailed', [{ message }]) }
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
