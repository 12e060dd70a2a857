import * as v from 'valibot'
import { libp2pAddressesMax } from '../limits.ts'

const hint = 'write an address of libp2p, such as "/ip4/0.0.0.0/tcp/4787" or "/ip4/203.0.113.5/tcp/4787/p2p/12D3Koo…"'

const address = v.pipe(v.string(), v.maxLength(512), v.regex(/^(\/[^/\s]+)+$/, hint))

const addresses = v.optional(v.pipe(v.array(address), v.maxLength(libp2pAddressesMax)), [])

const isOn = (preset: boolean) => v.optional(v.boolean(), preset)

/**
 * How a node takes part in libp2p: `network.libp2p` of its config; nothing of it, where that is absent. Everything that
 * others could not expect of a private node is off.
 */
export const libp2pSchema = v.strictObject({
  /** Where it listens: TCP, WebSockets (`…/ws`), or a place at a relay (`…/p2p/ID/p2p-circuit`). */
  listen: addresses,
  /** Where others reach it, where that is another place. */
  announce: addresses,
  /** Whether it looks for others in the local network by mDNS, and is found there. */
  local: isOn(false),
  /** Whom it connects to from the start, and stays connected to. */
  bootstrap: addresses,
  /** Whether those whom it deals with may reach each other through it. */
  relay: isOn(false),
  /** Whether it keeps and looks up, with those whom it deals with, who has what. */
  dht: isOn(false),
  /** Whether nodes of IPFS may fetch by bitswap the blocks that everybody may have, and are asked for theirs. */
  bitswap: isOn(false),
})

/** How a node takes part in libp2p. */
export type Libp2pConfig = v.InferOutput<typeof libp2pSchema>
