import type { Command } from '@ipvm/ucan'

/** To become a peer of a node, by an invitation of its owner. */
export const joinCommand: Command = '/node/join'

/** To be told what one may do at a node, and to have it given anew before it ends. `/node/read` covers it. */
export const delegationsCommand: Command = '/node/read/delegations'

/** The command under which an agent says that it wants to join (ADR 116). */
export const consentCommand: Command = '/peer/assert/join'

/**
 * What peers may have each other do where their owners say nothing else: to share work and what came of it. Neither
 * lists the other's runs, changes its settings, nor touches the world by it.
 */
export const sharedCommands: readonly Command[] = [
  '/wasm/run',
  '/workflow/run',
  '/workflow/read',
  '/receipt',
  '/block',
  '/node/read',
]
