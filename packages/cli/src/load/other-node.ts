import { connect, readProofs, type Client } from '@ipvm/client'
import type { Delegation } from '@ipvm/ucan'
import type { Signer } from '@ipvm/varsig'
import { writeContainer } from '@ipvm/ucan/container'
import type { Call } from '../command.ts'
import { orStop, Stop } from '../exit.ts'
import { readTokens } from './tokens.ts'

/** The node that `--node` names, connected to. */
export async function connectTo(where: string, signer: Signer, call: Call): Promise<Client> {
  const proofs = await proofsOf(call)
  return orStop(await connect(addressOf(where), signer, { proofs }))
}

/** The delegations of `--proof FILE`. */
export async function proofsOf(call: Call): Promise<readonly Delegation[]> {
  const path = call.value('proof')
  if (path === undefined) return []
  const { tokens } = await readTokens(path)
  return orStop(await readProofs(await writeContainer(tokens)))
}

function addressOf(where: string): string {
  if (URL.canParse(where) && /^https?:/.test(where)) return where
  const message = `--node ${where} is no address; write one such as http://127.0.0.1:4786`
  throw new Stop({ name: 'Usage', message })
}
