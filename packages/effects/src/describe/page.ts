import { encodeJson, type Value } from '@ipvm/ipld'
import type { BuiltIn } from '../maker.ts'
import { classText } from './class.ts'
import { fieldsOf, type Field } from './fields.ts'

/** The page of an effect that comes with ipvm, as Markdown. */
export function effectPage(effect: BuiltIn): string {
  const { cmd, about, args, settings, isOn, list, secret, taints } = effect
  const { example, result, summary } = about
  const set = fieldsOf(settings) ?? []
  const parts = [
    `## ${cmd}`,
    `_${classText(effect)}; ${isOn ? 'on' : 'off until it is allowed'}_`,
    summary,
    tableOf('argument', fieldsOf(args) ?? []),
    `Gives ${result}.${taints ? ' What it gives is a secret.' : ''}${secret ? ' Secrets may go into its arguments.' : ''}`,
    code('json', { cmd, args: example.args }),
  ]
  if (!isOn) parts.push(shell(`ipvm effects allow ${cmd}${list ? ` '${list.example}'` : ''}`))
  if (set.length > 0) parts.push(`Settings in \`effects["${cmd}"]\` of \`config.json\`:`, tableOf('setting', set))
  const { policy, refused } = example
  if (policy && policy.length > 0) {
    parts.push('A delegation for that and the like:')
    parts.push(shell(`ipvm delegate did:key:z6Mk… --cmd ${cmd} --policy '${encodeJson(policy)}'`))
  }
  if (refused) parts.push(`It would refuse \`${encodeJson(refused)}\`.`)
  return parts.filter(part => part !== '').join('\n\n')
}

function tableOf(title: string, fields: readonly Field[]): string {
  if (fields.length === 0) return title === 'argument' ? 'It takes no arguments.' : ''
  const rows = fields.map(({ name, type, isOptional, byDefault, text }) => {
    const otherwise = byDefault === undefined ? (isOptional ? 'may be left out' : '') : `\`${byDefault}\``
    return `| \`${name}\` | ${cell(type)} | ${cell(otherwise)} | ${cell(text)} |`
  })
  return [`| ${title} | is | otherwise | what for |`, '| --- | --- | --- | --- |', ...rows].join('\n')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

function code(language: string, value: Value): string {
  return `\`\`\`${language}\n${encodeJson(value, 2)}\n\`\`\``
}

function shell(line: string): string {
  return `\`\`\`sh\n${line}\n\`\`\``
}
