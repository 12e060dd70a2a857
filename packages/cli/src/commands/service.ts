import { resolve } from 'node:path'
import { homeOf } from '@ipvm/node/home'
import { readIdentity } from '@ipvm/node/identity'
import type { Command } from '../command.ts'
import { exit, orStop, Stop } from '../exit.ts'
import { print, say } from '../output.ts'
import { launchdPlist, systemdUnit } from '../view/service.ts'

/** `ipvm service` */
export const service: Command = {
  usage: '',
  words: 0,
  summary:
    'Prints what the system needs to keep this node running: a unit for systemd, or a property list for launchd. Settings are those of ipvm config.',
  examples: ['service > ~/.config/systemd/user/ipvm.service', 'service --for launchd', 'service --user ipvm'],
  options: {
    for: { summary: 'systemd or launchd; the one of this system, where not given', value: 'SYSTEM' },
    user: { summary: 'run as this user, as a service of the whole system', value: 'NAME' },
  },
  run: async call => {
    const home = homeOf(call.home)
    orStop(await readIdentity(home))
    const kind = call.value('for') ?? (process.platform === 'darwin' ? 'launchd' : 'systemd')
    if (kind !== 'systemd' && kind !== 'launchd') {
      throw new Stop({ name: 'Usage', message: `--for ${kind}: write systemd or launchd` })
    }
    const user = call.value('user')
    if (user !== undefined && !/^[a-z_][a-z0-9_-]*\$?$/i.test(user)) {
      throw new Stop({ name: 'Usage', message: `--user ${user} is no name of a user` })
    }
    const program = [process.execPath, resolve(process.argv[1] ?? ''), 'up']
    const parts = { program, home: resolve(home.folder), ...(user !== undefined && { user }) }
    const text = kind === 'systemd' ? systemdUnit(parts) : launchdPlist(parts)
    print(call.json ? JSON.stringify({ for: kind, text }) : text)
    for (const line of kind === 'systemd' ? enableSystemd(user) : enableLaunchd(user, parts.home)) say(line)
    return exit.ok
  },
}

function enableSystemd(user: string | undefined): readonly string[] {
  return user === undefined
    ? [
        'Write it to ~/.config/systemd/user/ipvm.service, then: systemctl --user enable --now ipvm',
        'So that it runs while you are not there: loginctl enable-linger; its log: journalctl --user -u ipvm -f',
      ]
    : [
        'Write it to /etc/systemd/system/ipvm.service, then: systemctl enable --now ipvm',
        'Its log: journalctl -u ipvm -f',
      ]
}

function enableLaunchd(user: string | undefined, home: string): readonly string[] {
  const place = user === undefined ? '~/Library/LaunchAgents' : '/Library/LaunchDaemons'
  const domain = user === undefined ? 'gui/$(id -u)' : 'system'
  return [
    `Write it to ${place}/ipvm.plist, then: launchctl bootstrap ${domain} ${place}/ipvm.plist`,
    `To end it: launchctl bootout ${domain}/ipvm; its log: ${home}/up.log`,
  ]
}
