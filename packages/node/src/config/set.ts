import { error, ok, type Result } from '@ipvm/ipld'
import type { Home } from '../home.ts'
import type { EditFailure, NotSet } from './edit.ts'
import { checkFile, valueAt, withValue } from './layers.ts'
import { replace } from './replace.ts'
import { settingOf, valueIn, type Setting } from './setting.ts'
import { parseJson, readConfigText } from './text.ts'

/**
 * Sets one setting in a node's config, and keeps what else is in it. The file is written whole or not at all.
 * @param text JSON, plain text, or a list with commas
 * @returns its value now
 */
export async function setSetting(home: Home, key: string, text: string): Promise<Result<unknown, EditFailure>> {
  const setting = changeable(key)
  if ('error' in setting) return setting
  const value = valueIn(setting.ok, text)
  if ('error' in value) return error(notSet(`${key} cannot be ${text}: ${value.error.message}`))
  const written = await change(home, setting.ok, value.ok)
  return 'error' in written ? written : value
}

/** Takes a setting out of a node's config, so that its default counts. True where it was there. */
export async function unsetSetting(home: Home, key: string): Promise<Result<boolean, EditFailure>> {
  const setting = changeable(key)
  return 'error' in setting ? setting : change(home, setting.ok, undefined)
}

function changeable(key: string): Result<Setting, NotSet> {
  const setting = settingOf(key)
  if ('error' in setting) return error(notSet(setting.error.message))
  return key === 'effects' ? error(notSet('effects are set by ipvm effects allow|deny COMMAND')) : setting
}

async function change(home: Home, { path }: Setting, value: unknown): Promise<Result<boolean, EditFailure>> {
  for (;;) {
    const before = await readConfigText(home.config)
    if ('error' in before) return before
    const json = parseJson(before.ok ?? '{}', home.config)
    if ('error' in json) return json
    const isThere = valueAt(json.ok, path) !== undefined
    if (value === undefined && !isThere) return ok(false)
    const changed = withValue(json.ok, path, value)
    const text = `${JSON.stringify(changed, undefined, 2)}\n`
    // What is wrong may be taken out; nothing is put in beside it.
    const checked = value === undefined ? ok({}) : checkFile({ path: home.config, text, json: changed })
    if ('error' in checked) return checked
    const written = await replace(home, before.ok, text)
    if ('error' in written) return written
    // Where somebody else wrote it meanwhile, that stays, and this is done again.
    if (written.ok) return ok(isThere)
  }
}

function notSet(message: string): NotSet {
  return { name: 'NotSet', message }
}
