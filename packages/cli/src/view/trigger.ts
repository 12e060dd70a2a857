import type { DeadEvent, Trigger, TriggerStatus } from '@ipvm/node'
import { printable } from '../output.ts'

/** A trigger, in two lines. */
export function triggerLines(
  { name, cid, trigger, counts }: TriggerStatus,
  title: string | undefined,
): readonly string[] {
  const { waiting, delivered, dead } = counts
  const held = trigger && waiting >= trigger.waiting ? ', full' : ''
  const many = `${waiting} waiting${held}, ${delivered} delivered, ${dead} dead`
  return [
    `${printable(name)}  ${trigger ? sourceText(trigger) : 'unreadable'}  ${printable(title ?? 'unnamed')}  ${many}`,
    `  ${cid}`,
  ]
}

function sourceText({ name, source }: Trigger): string {
  switch (source.kind) {
    case 'http':
      return `http ${source.methods.join(',')} /fn/${name}`
    case 'webhook':
      return `webhook (${source.scheme}) POST /hooks/${name}`
    case 'file':
      return printable(`file ${source.path}${source.match === undefined ? '' : ` like ${source.match}`}`)
    case 'kv':
      return printable(`kv ${source.prefix}*`)
    case 'receipt':
      return printable(`receipt ${[source.cmd, source.ran, source.outcome].filter(part => part).join(' ')}`)
  }
}

/** A trigger for programs. */
export function triggerValue({ name, cid, workflow, trigger, counts }: TriggerStatus, title: string | undefined) {
  const source = trigger && { ...trigger.source, ...('ran' in trigger.source && { ran: `${trigger.source.ran}` }) }
  return { name, trigger: `${cid}`, workflow: `${workflow}`, title, source, ...counts }
}

/** An event that came to no good end, in two lines. */
export function deadLines({ id, at, reason, attempts }: DeadEvent): readonly string[] {
  const when = new Date(at).toISOString().replace('T', ' ').slice(0, 19)
  return [`${when}  ${printable(id)}  ${attempts} attempts`, `  ${printable(reason)}`]
}

/** The same for programs. */
export function deadValue({ id, at, reason, attempts, event, run, state }: DeadEvent) {
  return { id, at, state, reason, attempts, event: `${event}`, ...(run && { run: `${run}` }) }
}
