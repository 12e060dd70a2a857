import { CID, cidKey, codec, isMap, linksOf, type Failure, type Value, type ValueMap } from '@ipvm/ipld'
import { isPromiseMap, type Command, type Receipt } from '@ipvm/ucan'
import { sameDid, type Did } from '@ipvm/varsig'
import type { Engine } from '../engine/engine.ts'
import type { Brought } from '../submission/brought.ts'
import type { Authority } from './authority.ts'

/** What a task is to take in is not its submitter's to read. */
export interface UnreadableInput extends Failure {
  readonly name: 'UnreadableInput'
}

/** By what it is judged what somebody's tasks may take in. */
export interface InputContext {
  readonly authority: Authority
  readonly engine: Pick<Engine, 'bringers' | 'commands' | 'signer' | 'store'>
  readonly brought?: Brought | undefined
}

/**
 * Why a task may not take in what its arguments link to; nothing where it may. To have something done is no right to read
 * what is here: who asks has brought it, or may read it (`/block/get`). What is run and not read needs no such right (ADR 129).
 */
export async function unreadableArgs(
  { cmd, args }: { readonly cmd: Command; readonly args: ValueMap },
  context: InputContext,
): Promise<UnreadableInput | undefined> {
  const { authority, engine } = context
  if (authority.isExecutor) return undefined
  const runs = Object.hasOwn(engine.commands, cmd) ? engine.commands[cmd]?.runs : undefined
  const links = Object.entries(args).flatMap(([key, value]) => (runs?.includes(key) ? [] : linksIn(value)))
  return unreadable(links, [authority.submitter], context)
}

/** Why what a run is for may not be taken in: its event, and what that links to. */
export async function unreadableEvent(event: CID, context: InputContext): Promise<UnreadableInput | undefined> {
  const { authority } = context
  return authority.isExecutor ? undefined : unreadable([event], [authority.submitter], context)
}

/**
 * Why what another agent says may not be taken in: it may link to what is here and it has never had, for a submitter who has
 * agreed on that with it. What this node says, and executors that count here, is theirs to say.
 */
export async function unreadableValue(
  { iss, out }: Pick<Receipt, 'iss' | 'out'>,
  context: InputContext,
): Promise<UnreadableInput | undefined> {
  const { authority, engine } = context
  if (authority.isExecutor || sameDid(iss, engine.signer.did)) return undefined
  const links = linksIn({ ...out })
  if (links.length === 0 || (await engine.store.trusts(iss))) return undefined
  const whole = 'ok' in out ? out.ok : out.error.value
  // Any other link to such a block is a name, which nothing reads.
  const read = links.filter(link => link === whole || link.code !== codec.dagCbor)
  return unreadable(read, [iss, authority.submitter], context)
}

/** Looks at all that links lead to: somebody's own block may link to a block that is not theirs. */
async function unreadable(
  links: readonly CID[],
  bringers: readonly Did[],
  { authority, engine, brought }: InputContext,
): Promise<UnreadableInput | undefined> {
  const pending = [...links]
  const seen = new Set<string>()
  for (let cid = pending.pop(); cid; cid = pending.pop()) {
    const link = cid
    const key = cidKey(link)
    if (seen.has(key)) continue
    seen.add(key)
    const isTheirs = bringers.some(agent => engine.bringers.has(agent, link))
    const bytes = brought?.block(link) ?? (isTheirs ? await engine.store.block(link) : undefined)
    if (bytes) {
      for (const below of linksOf({ cid: link, bytes })) if (below.code !== codec.dagCbor) pending.push(below)
    } else if (!(await mayRead(link, authority, engine))) return notReadable(link, authority)
  }
  return undefined
}

async function mayRead(cid: CID, authority: Authority, { store }: Pick<Engine, 'store'>): Promise<boolean> {
  if (await store.isSecret(cid)) return false
  return (await authority.refuses('/block/get', { cid })) === undefined
}

/** What a value links to, but for the tasks that it awaits. */
function linksIn(value: Value): readonly CID[] {
  if (value instanceof CID) return [value]
  if (Array.isArray(value)) return value.flatMap((inner: Value) => linksIn(inner))
  return isMap(value) && !isPromiseMap(value) ? Object.values(value).flatMap(linksIn) : []
}

function notReadable(cid: CID, { submitter }: Authority): UnreadableInput {
  const message = `it takes in ${cid}, which ${submitter} has not brought and may not read here; send it along, or have /block/get of it delegated`
  return { name: 'UnreadableInput', message }
}
