import { randomUUID } from 'node:crypto'
import { open, rename, rm, stat } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { error, ok, type Result } from '@ipvm/ipld'
import { makeHome, type Home, type UnusableHome } from '../home.ts'
import { invalidConfig, type InvalidConfig } from './failure.ts'
import { readConfigText } from './text.ts'

/** Whether it was put in the place of what was there; that may have become another one. */
export async function replace(
  home: Home,
  before: string | undefined,
  text: string,
): Promise<Result<boolean, InvalidConfig | UnusableHome>> {
  const folder = await makeHome(home)
  if ('error' in folder) return folder
  const draft = `${home.config}.${randomUUID()}`
  const unlock = await lock(`${home.config}.lock`)
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    const now = await readConfigText(home.config)
    if ('error' in now) return now
    if (now.ok !== before) return ok(false)
    await rename(draft, home.config)
    return ok(true)
  } catch (thrown) {
    const problem = thrown instanceof Error ? thrown.message : String(thrown)
    return error(invalidConfig(home.config, '', `it cannot be written: ${problem}`))
  } finally {
    await rm(draft, { force: true })
    await unlock()
  }
}

/** After how long a lock was left behind by somebody who ended, milliseconds; to write a file takes a few. */
const lockMilliseconds = 5000

/** Waits until nobody else writes; the function that it gives lets the next one. */
async function lock(path: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      const file = await open(path, 'wx', 0o600)
      await file.close()
      return () => rm(path, { force: true })
    } catch (thrown) {
      // Where no lock can be made, nothing can be written either, and that is told.
      if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST')) return async () => {}
    }
    const since = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => Date.now(),
    )
    if (Date.now() - since > lockMilliseconds) await rm(path, { force: true })
    else await wait(20)
  }
}
