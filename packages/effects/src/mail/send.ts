import type { EffectContext, EffectOutcome } from '@ipvm/runtime'
import { builtIn, type EffectPorts } from '../maker.ts'
import { matchesAddress } from './address.ts'
import { mailArguments, type MailArguments } from './arguments.ts'
import { deliver } from './deliver.ts'
import { composed, idOf } from './message.ts'
import { wasSent, type SentSettings } from './sent.ts'
import { mailSettings, type MailSettings } from './settings.ts'

/** `{to, subject, text}` → `{id, accepted, rejected, response}` */
export const msgSend = builtIn({
  cmd: '/msg/send',
  class: 'mutation',
  secret: true,
  about: {
    summary:
      'Sends a mail, once: where the connection is lost after all of it was handed on, it waits for a person. Where nobody of those it goes to is taken, nothing is sent.',
    result:
      '`{id, accepted, rejected, response}`: the id of the mail, who was taken, and `{to, code, said}` of those who were not; of a mail that was found by `sent`, the id and the response alone',
    example: {
      args: { to: 'ann@example.com', subject: 'News of today', text: 'There are none.' },
      policy: [['like', '.to', '*@example.com']],
      refused: { to: 'ann@example.net', subject: 'Hello', text: '' },
    },
  },
  args: mailArguments,
  settings: mailSettings,
  list: { name: 'allow', example: '*@example.com' },
  make: (settings, ports) => {
    const { sent } = settings
    const run = (args: MailArguments, context: EffectContext) => send(args, settings, ports, context)
    if (!sent) return { run }
    const probe = (_: MailArguments, context: EffectContext) => probed(settings, sent, ports, context)
    return { run, probe }
  },
})

/** Whether the server has the mail, by its id. */
function probed(
  { from }: MailSettings,
  sent: SentSettings,
  { egress, world }: Pick<EffectPorts, 'egress' | 'world'>,
  { key, signal }: EffectContext,
): Promise<EffectOutcome> {
  return wasSent(idOf(key, from), sent, { egress, world, signal })
}

async function send(
  args: MailArguments,
  settings: MailSettings,
  { egress, world }: EffectPorts,
  context: EffectContext,
): Promise<EffectOutcome> {
  const to = [...new Set([args.to, args.cc ?? [], args.bcc ?? []].flat())]
  const stranger = to.find(address => !settings.allow.some(pattern => matchesAddress(pattern, address)))
  if (stranger !== undefined) {
    const message = `mail to ${stranger} is not in the list of what is allowed`
    return { error: { name: 'EgressRefused', message }, verdict: 'final' }
  }
  const message = await composed(args, settings, context, world.date())
  if ('error' in message) {
    const { name, message: why } = message.error
    return { error: { name, message: why }, verdict: 'final' }
  }
  // Ends before the runtime does, which could not tell whether it was sent.
  const late = new AbortController()
  const { time } = context.config
  const cancel = world.after(time - Math.min(1000, time / 10), () => late.abort())
  const signal = AbortSignal.any([context.signal, late.signal])
  const outcome = await deliver({ from: settings.from, to, message: message.ok }, settings, egress, signal).finally(
    cancel,
  )
  const isKnown = 'ok' in outcome || outcome.verdict !== 'unknown'
  return isKnown || !settings.sent ? outcome : probed(settings, settings.sent, { egress, world }, context)
}
