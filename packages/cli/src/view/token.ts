import { encodeJson, type CID } from '@ipvm/ipld'
import {
  openEnvelope,
  printStatement,
  readDelegation,
  readInvocation,
  readReceipt,
  readRevocation,
  receiptCommand,
  revokeCommand,
  verifyEnvelope,
  type Delegation,
  type Invocation,
  type Revocation,
} from '@ipvm/ucan'
import { nameCommand, readName } from '@ipvm/ucan/name'
import { timeText } from '../load/time.ts'
import { printable } from '../output.ts'

/** What a token says, and whether its signature is its issuer's. */
export interface TokenView {
  readonly cid: CID | undefined
  readonly kind: 'delegation' | 'invocation' | 'name' | 'receipt' | 'revocation' | 'unreadable'
  readonly isGood: boolean
  /** What is wrong with it, where something is. */
  readonly problem: string | undefined
  readonly rows: readonly (readonly [string, string])[]
  readonly delegation?: Delegation
  readonly invocation?: Invocation
  readonly revocation?: Revocation
}

/** Reads one token for a person. */
export async function viewToken(bytes: Uint8Array): Promise<TokenView> {
  const opened = openEnvelope(bytes)
  if ('error' in opened) return unreadable(undefined, opened.error.message)
  const envelope = opened.ok
  const { cid } = envelope
  const signature = await verifyEnvelope(envelope)
  const problem = 'error' in signature ? signature.error.message : undefined
  const common = { cid, isGood: problem === undefined, problem }
  if (envelope.type === 'dlg') {
    const delegation = readDelegation(envelope)
    if ('error' in delegation) return unreadable(cid, delegation.error.message)
    return { ...common, kind: 'delegation', rows: delegationRows(delegation.ok), delegation: delegation.ok }
  }
  const read = readInvocation(envelope)
  if ('error' in read) return unreadable(cid, read.error.message)
  const invocation = read.ok
  if (invocation.cmd === receiptCommand) return { ...common, ...(await receiptView(bytes)) }
  if (invocation.cmd === revokeCommand) return { ...common, ...(await revocationView(bytes)) }
  if (invocation.cmd === nameCommand) return { ...common, ...(await nameView(bytes)) }
  return { ...common, kind: 'invocation', rows: invocationRows(invocation), invocation }
}

type Part = Pick<TokenView, 'kind' | 'rows'> & Partial<TokenView>

async function receiptView(bytes: Uint8Array): Promise<Part> {
  const receipt = await readReceipt(bytes)
  if ('error' in receipt) return { kind: 'receipt', isGood: false, problem: receipt.error.message, rows: [] }
  const { iss, ran, as, out, exp } = receipt.ok
  const result =
    'ok' in out ? `ok: ${short(encodeJson(out.ok))}` : `error: ${out.error.name}: ${short(out.error.message)}`
  const rows = [
    ['executor', iss],
    ['ran', `${as ?? ran}`],
    ['result', printable(result)],
    ['counts', timeText(exp)],
  ] as const
  return { kind: 'receipt', rows }
}

async function revocationView(bytes: Uint8Array): Promise<Part> {
  const revocation = await readRevocation(bytes)
  if ('error' in revocation) return { kind: 'revocation', isGood: false, problem: revocation.error.message, rows: [] }
  const { iss, revoke } = revocation.ok
  return {
    kind: 'revocation',
    rows: [
      ['by', iss],
      ['takes back', `${revoke}`],
    ],
    revocation: revocation.ok,
  }
}

async function nameView(bytes: Uint8Array): Promise<Part> {
  const record = await readName(bytes)
  if ('error' in record) return { kind: 'name', isGood: false, problem: record.error.message, rows: [] }
  const { iss, name, mod, seq, source, licence } = record.ok
  const rows = [
    ['name', `${iss}/${name}`],
    ['number', String(seq)],
    ['module', `${mod}`],
    ...(source ? [['source', `${source}`] as const] : []),
    ...(licence === undefined ? [] : [['licence', licence] as const]),
  ] as const
  return { kind: 'name', rows }
}

function delegationRows({ iss, aud, sub, cmd, pol, exp, nbf }: Delegation): TokenView['rows'] {
  return [
    ['from', iss],
    ['to', aud],
    ['may', `${printable(cmd)}${cmd === '/' ? ' (everything)' : ' and all below it'}`],
    ['about', sub === null ? 'whatever the one before may be about (powerline)' : sub === iss ? 'the giver' : sub],
    ...pol.map(statement => ['if', short(printable(printStatement(statement)))] as const),
    ...(nbf === undefined ? [] : [['from', timeText(nbf)] as const]),
    ['until', timeText(exp)],
  ]
}

function invocationRows({ iss, sub, aud, cmd, args, prf, exp, task }: Invocation): TokenView['rows'] {
  return [
    ['asks', iss],
    ['of', aud === undefined ? sub : `${aud}, about ${sub}`],
    ['to do', `${printable(cmd)} ${short(printable(encodeJson(args)))}`],
    ['proofs', prf.length === 0 ? 'none' : String(prf.length)],
    ['task', `${task}`],
    ['until', timeText(exp)],
  ]
}

function unreadable(cid: CID | undefined, problem: string): TokenView {
  return { cid, kind: 'unreadable', isGood: false, problem, rows: [] }
}

function short(text: string): string {
  return text.length > 160 ? `${text.slice(0, 160)}…` : text
}
