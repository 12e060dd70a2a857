import { resolve } from 'node:path'
import { builtInEffects } from '@ipvm/effects'
import { effectsOf, homeOf, readConfig, setEffect } from '@ipvm/node'
import type { Effect } from '@ipvm/runtime'
import { covers, isCommand, type Command as EffectCommand } from '@ipvm/ucan'
import type { Call, Command } from '../command.ts'
import { exit, orStop, Stop, type ExitCode } from '../exit.ts'
import { ownEffects } from '../load/effects.ts'
import { print, say } from '../output.ts'
import { effectPage, effectRows, listEffects, settingText, type ListedEffect } from '../view/effects.ts'

/** `ipvm effects [COMMAND]`, `ipvm effects allow|deny COMMAND …` */
export const effects: Command = {
  usage: '[COMMAND] | allow COMMAND [WHAT…] | deny COMMAND [WHAT…]',
  words: Number.POSITIVE_INFINITY,
  summary: 'Lists what workflows may do to the world here, tells of one such effect, or sets what it may do.',
  examples: [
    'effects',
    'effects /http/get',
    "effects allow /http/get 'https://api.example.com/*'",
    'effects allow /file/read ./data',
    'effects deny /http',
  ],
  options: {},
  run: async call => {
    const [verb, cmd, ...entries] = call.positionals
    if (verb === 'allow' || verb === 'deny') return change(call, verb, commandOf(cmd), entries)
    if (cmd !== undefined) throw new Stop({ name: 'Usage', message: `"${cmd}" is one word too many; see --help` })
    const config = orStop(await readConfig(homeOf(call.home)))
    const own = await ownEffects(config)
    orStop(effectsOf(config, commandsOf(own)))
    const all = listEffects(config, own)
    if (verb === undefined) {
      if (call.json) for (const effect of all) print(settingText(effectValue(effect)))
      else print(effectRows(all))
      return exit.ok
    }
    const wanted = commandOf(verb)
    const found = all.filter(effect => covers(wanted, effect.cmd))
    const [one] = found
    if (!one) throw new Stop({ name: 'UnknownEffect', message: `there is no effect ${wanted}; ipvm effects lists all` })
    if (call.json) for (const effect of found) print(settingText(effectValue(effect)))
    else print(one.cmd === wanted ? effectPage(one, config) : effectRows(found))
    return exit.ok
  },
}

function commandOf(word: string | undefined): EffectCommand {
  if (word !== undefined && isCommand(word)) return word
  throw new Stop({ name: 'Usage', message: `${word ?? 'nothing'} is no command; write one such as /http/get` })
}

async function change(
  call: Call,
  type: 'allow' | 'deny',
  cmd: EffectCommand,
  words: readonly string[],
): Promise<ExitCode> {
  const home = homeOf(call.home)
  const own = await ownEffects(orStop(await readConfig(home)))
  const isOfFolders = builtInEffects.some(effect => covers(cmd, effect.cmd) && effect.list?.isFolders)
  const entries = isOfFolders ? words.map(word => resolve(word)) : words
  const value = orStop(await setEffect(home, cmd, { type, entries }, commandsOf(own)))
  if (call.json) print(settingText({ cmd, value }))
  else say(`${home.config}: ${cmd} is ${value === false ? 'off' : value === true ? 'on' : settingText(value)} now`)
  return exit.ok
}

function commandsOf(own: readonly Effect[]): readonly EffectCommand[] {
  return own.map(({ cmd }) => cmd)
}

function effectValue({ cmd, class: effectClass, idempotent, isOn, isOwn, settings, about }: ListedEffect) {
  const summary = about?.summary ?? null
  return { cmd, class: effectClass, idempotent, on: isOn, own: isOwn, settings: settings ?? null, summary }
}
