import { decodeJson, encodeJson, isMap, type ValueMap } from '@ipvm/ipld'
import { homeOf, IpvmNode, readIdentity } from '@ipvm/node'
import {
  anyAllows,
  isCommand,
  namesOf,
  printStatement,
  RevocationSet,
  validate,
  type Delegation,
  type Refusal,
  type Request,
  type RevocationView,
} from '@ipvm/ucan'
import { proofsOf } from '@ipvm/ucan/container'
import { isDid, sameDid, type Did } from '@ipvm/varsig'
import { table, type Call, type Command } from '../command.ts'
import { exit, orStop, Stop, type ExitCode } from '../exit.ts'
import { timeText } from '../load/time.ts'
import { readTokens, type TokenFile } from '../load/tokens.ts'
import { print, printable } from '../output.ts'
import { viewToken, type TokenView } from '../view/token.ts'

/** `ipvm inspect FILE|-` */
export const inspect: Command = {
  usage: 'FILE | -',
  words: 1,
  summary: 'Shows who may do what to whom until when, in any container, token, receipt or CAR; signatures are checked.',
  examples: [
    'inspect alice.ucan',
    'inspect - < token.cbor',
    `inspect alice.ucan --for did:key:z6Mk… --cmd /wasm/run --args '{"fun": "blur"}'`,
  ],
  options: {
    for: { summary: 'would this agent be allowed…', value: 'DID' },
    cmd: { summary: '… to do this', value: 'COMMAND' },
    args: { summary: '… with these arguments (DAG-JSON; without them policies are left open)', value: 'JSON' },
    sub: { summary: '… about this subject; needed where the file has several', value: 'DID' },
  },
  run: async call => {
    const [path] = call.positionals
    if (path === undefined)
      throw new Stop({ name: 'Usage', message: 'inspect needs a file, or - for the standard input' })
    const file = await readTokens(path)
    const views = await Promise.all(file.tokens.map(viewToken))
    const revocations = await revocationsOf(call, views)
    if (
      call.value('for') === undefined &&
      (call.value('cmd') ?? call.value('args') ?? call.value('sub')) !== undefined
    ) {
      throw new Stop({ name: 'Usage', message: '--cmd, --args and --sub ask something of --for DID' })
    }
    const question = call.value('for') === undefined ? undefined : questionOf(call, views)
    if (question) return answer(call, question, views, revocations)
    return showAll(call, file, views, revocations)
  },
}

async function showAll(
  call: Call,
  file: TokenFile,
  views: readonly TokenView[],
  revocations: RevocationView,
): Promise<ExitCode> {
  const counted = `${file.kind}, ${views.length} ${views.length === 1 ? 'token' : 'tokens'}`
  if (!call.json) print(`${counted}${file.blocks.length > 0 ? `, ${file.blocks.length} other blocks` : ''}`)
  let code: ExitCode = exit.ok
  for (const view of views) {
    const refusal = view.invocation && (await refusalOf(view, file, revocations))
    const revokers = view.delegation ? await revokersOf(view.delegation, revocations) : []
    if (call.json) print(encodeJson(tokenJson(view, refusal, revokers)))
    else print(tokenText(view, refusal, revokers))
    if (!view.isGood || refusal || revokers.length > 0) code = exit.failed
  }
  return code
}

/** Who took a delegation back, and may: its issuer. Others count only in chains in which they issued one before. */
async function revokersOf({ iss, envelope }: Delegation, revocations: RevocationView): Promise<readonly Did[]> {
  const revokers = await Promise.all(namesOf(envelope).map(async name => [...(await revocations.revokersOf(name))]))
  return [...new Set(revokers.flat())].filter(revoker => sameDid(revoker, iss))
}

/** Whether the one who is asked would obey, by what the file has. */
async function refusalOf({ invocation }: TokenView, { tokens }: TokenFile, revocations: RevocationView) {
  if (!invocation) return undefined
  const { aud = invocation.sub } = invocation
  const allowed = await validate(invocation, { now: now(), executor: aud, resolveProof: proofsOf(tokens), revocations })
  return 'error' in allowed ? allowed.error : undefined
}

function tokenText(view: TokenView, refusal: Refusal | undefined, revokers: readonly Did[]): string {
  const { kind, cid, isGood, problem, rows, invocation } = view
  const title = `\n${kind}${cid ? ` ${cid}` : ''}`
  const state: readonly [string, string] = ['signature', isGood ? 'valid' : `✗ ${printable(problem ?? '')}`]
  const revoked = revokers.map(did => ['revoked', `✗ by ${did}`] as const)
  const body = table(
    kind === 'unreadable' ? [['problem', `✗ ${printable(problem ?? '')}`]] : [...rows, state, ...revoked],
  )
  if (refusal) return `${title}\n${body}\n  not to be obeyed:\n${indented(refusal.trace)}`
  return invocation ? `${title}\n${body}\n  to be obeyed: yes` : `${title}\n${body}`
}

function tokenJson(view: TokenView, refusal: Refusal | undefined, revokers: readonly Did[]): ValueMap {
  const { kind, cid, isGood, problem, rows } = view
  return {
    kind,
    cid: cid ?? null,
    signature: isGood ? 'valid' : (problem ?? 'invalid'),
    fields: rows.map(([name, value]) => [name, value]),
    ...(revokers.length > 0 && { revokedBy: revokers }),
    ...(refusal && { refusal: refusalJson(refusal) }),
  }
}

/** The answer to `--for`: allowed or not, in under a screen, with the chain. */
async function answer(
  call: Call,
  request: Request,
  views: readonly TokenView[],
  revocations: RevocationView,
): Promise<ExitCode> {
  const delegations = views.flatMap(({ delegation }) => delegation ?? [])
  const allowed = await anyAllows(request, delegations, { now: now(), revocations })
  if ('error' in allowed) {
    if (call.json) print(encodeJson({ allowed: false, refusal: refusalJson(allowed.error) }))
    else print(`not allowed\n${indented(allowed.error.trace)}`)
    return exit.failed
  }
  const proofs = allowed.ok
  const terms = request.args ? [] : proofs.flatMap(({ pol }) => pol.map(printStatement))
  const until = proofs.reduce<number | null>(
    (least, { exp }) => (exp === null ? least : Math.min(least ?? exp, exp)),
    null,
  )
  if (call.json)
    print(
      encodeJson({
        allowed: true,
        ...(terms.length > 0 && { if: terms }),
        until,
        proofs: proofs.map(({ envelope }) => envelope.cid),
      }),
    )
  else
    print(
      `allowed${terms.length > 0 ? ` if ${printable(terms.join(' and '))}` : ''}, ${until === null ? 'for good' : `until ${timeText(until)}`}, by\n${indented(proofs.map(({ envelope }) => envelope.cid.toString()))}`,
    )
  return exit.ok
}

function questionOf(call: Call, views: readonly TokenView[]): Request {
  const [iss, cmd, args] = [call.value('for'), call.value('cmd'), call.value('args')]
  if (!isDid(iss)) throw new Stop({ name: 'Usage', message: `--for ${iss} is no DID` })
  if (cmd === undefined || !isCommand(cmd))
    throw new Stop({ name: 'Usage', message: '--for needs --cmd, a command such as /wasm/run' })
  const sub = call.value('sub') ?? onlySubject(views)
  if (!isDid(sub))
    throw new Stop({ name: 'Usage', message: 'about whom? The file does not name one subject; say --sub DID' })
  if (args === undefined) return { iss, sub, cmd }
  const value = orStop(decodeJson(args))
  if (!isMap(value)) throw new Stop({ name: 'Usage', message: '--args is no map; write {"name": value, …}' })
  return { iss, sub, cmd, args: value }
}

function onlySubject(views: readonly TokenView[]): Did | undefined {
  const subjects = new Set(views.flatMap(({ delegation }) => delegation?.sub ?? []))
  return subjects.size === 1 ? [...subjects][0] : undefined
}

/** The revocations in the file, and those that this node knows, where there is one. */
async function revocationsOf(call: Call, views: readonly TokenView[]): Promise<RevocationView> {
  const inFile = new RevocationSet()
  for (const { revocation } of views) if (revocation) orStop(inFile.add(revocation))
  const home = homeOf(call.home)
  const signer = await readIdentity(home)
  if ('error' in signer) return inFile
  const node = new IpvmNode(home, signer.ok)
  const known = new Map<string, readonly Did[]>()
  for (const { delegation } of views) {
    // A revocation names the low-S form, and any form may be asked for (ADR 26).
    for (const name of delegation ? namesOf(delegation.envelope) : []) {
      known.set(name.toString(), await node.store.revokersOf(name))
    }
  }
  await node.close()
  return { revokersOf: cid => [...inFile.revokersOf(cid), ...(known.get(cid.toString()) ?? [])] }
}

function refusalJson({ name, message, proof, statement, selector, value, trace }: Refusal): ValueMap {
  return {
    name,
    message,
    proof: proof ?? null,
    statement: statement ?? null,
    selector: selector ?? null,
    value: value ?? null,
    trace: [...trace],
  }
}

function indented(lines: readonly string[]): string {
  return lines.map(line => `  ${printable(line)}`).join('\n')
}

function now(): number {
  return Math.floor(Date.now() / 1000)
}
