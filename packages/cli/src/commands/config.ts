import { homeOf, readConfig, setSetting, settingOf, unsetSetting } from '@ipvm/node'
import type { Call, Command } from '../command.ts'
import { exit, orStop, Stop, type ExitCode } from '../exit.ts'
import { print, say } from '../output.ts'
import { configLine, configPage, configRows, valueText } from '../view/config.ts'

/** `ipvm config [KEY]`, `ipvm config set KEY VALUE`, `ipvm config unset KEY` */
export const config: Command = {
  usage: '[KEY] | set KEY VALUE | unset KEY',
  words: 3,
  summary:
    'Lists every setting of the node: its value, where that is from, and what it is for. Options of ipvm up outdo the environment, that outdoes config.json.',
  examples: [
    'config',
    'config serve.port',
    'config set serve.host 0.0.0.0',
    'config set network.public /wasm/run,/block/get',
    'config unset serve.host',
  ],
  options: {},
  run: async call => {
    const [verb, key, value] = call.positionals
    if (verb === 'set') return set(call, key, value)
    if (verb === 'unset') return unset(call, key)
    if (key !== undefined) throw new Stop({ name: 'Usage', message: `"${key}" is one word too many; see --help` })
    const { placed } = orStop(await readConfig(homeOf(call.home)))
    if (verb === undefined) {
      if (call.json) for (const one of placed) print(configLine(one))
      else print(configRows(placed))
      return exit.ok
    }
    const wanted = placed.find(({ setting }) => setting.key === verb)
    const below = placed.filter(one => one.setting.key.startsWith(`${verb}.`))
    if (!wanted && below.length === 0) orStop(settingOf(verb))
    if (call.json) for (const one of wanted ? [wanted] : below) print(configLine(one))
    else print(wanted ? configPage(wanted) : configRows(below))
    return exit.ok
  },
}

async function set(call: Call, key: string | undefined, text: string | undefined): Promise<ExitCode> {
  if (key === undefined || text === undefined) {
    throw new Stop({
      name: 'Usage',
      message: 'write ipvm config set KEY VALUE, such as ipvm config set serve.port 4786',
    })
  }
  const home = homeOf(call.home)
  const value = orStop(await setSetting(home, key, text))
  if (call.json) print(JSON.stringify({ key, value }))
  else say(`${home.config}: ${key} is ${valueText(value)} now`)
  return tellOutdone(call, key)
}

async function unset(call: Call, key: string | undefined): Promise<ExitCode> {
  if (key === undefined) throw new Stop({ name: 'Usage', message: 'write ipvm config unset KEY; see ipvm config' })
  const home = homeOf(call.home)
  const wasThere = orStop(await unsetSetting(home, key))
  if (call.json) print(JSON.stringify({ key, unset: wasThere }))
  else say(`${home.config}: ${wasThere ? `${key} is not set any more` : `${key} was not set`}`)
  return tellOutdone(call, key)
}

/** What the environment says counts all the same, and a node that is up reads its config when it starts. */
async function tellOutdone(call: Call, key: string): Promise<ExitCode> {
  const config = await readConfig(homeOf(call.home))
  if ('error' in config) say(`ipvm: ${config.error.message}`)
  else {
    const origin = config.ok.placed.find(({ setting }) => setting.key === key)?.origin
    if (origin?.type === 'env') say(`ipvm: ${origin.name} is set, too, and counts`)
  }
  return exit.ok
}
