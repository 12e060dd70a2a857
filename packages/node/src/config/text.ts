import { readFile } from 'node:fs/promises'
import { error, ok, type Result } from '@ipvm/ipld'
import { configBytesMax } from '../limits.ts'
import { invalidConfig, isRecord, type InvalidConfig } from './failure.ts'

/** The text of a config; nothing where there is none. */
export async function readConfigText(path: string): Promise<Result<string | undefined, InvalidConfig>> {
  try {
    const bytes = await readFile(path)
    if (bytes.length > configBytesMax) {
      return error(invalidConfig(path, '', `it has ${bytes.length} bytes; at most ${configBytesMax} are read`))
    }
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return ok(undefined)
    const problem = thrown instanceof TypeError ? 'it is not UTF-8 text; save it as UTF-8' : String(thrown)
    return error(invalidConfig(path, '', problem))
  }
}

/** A config as the JSON that it is. */
export function parseJson(text: string, path: string): Result<Record<string, unknown>, InvalidConfig> {
  try {
    const json: unknown = JSON.parse(text)
    return isRecord(json) ? ok(json) : error(invalidConfig(path, '', 'it is no JSON object; write {"effects": {…}}'))
  } catch (thrown) {
    const problem = thrown instanceof Error ? thrown.message : String(thrown)
    return error(invalidConfig(path, '', `it is not JSON: ${problem}; correct it in an editor`))
  }
}
