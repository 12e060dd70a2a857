/**
 * The object stores: blocks by CID, with their sizes and times apart, so that those can be listed without the bytes;
 * journals by the number of the run and that of the entry, values by the bytes of their keys. Those that have indexes, be it
 * none, are in the order in which things came, by numbers that are not used twice. CIDs are texts.
 */
export const stores = {
  blocks: {},
  uses: {},
  receipts: { indexes: { cid: 'cid', ran: 'ran', resolved: 'resolved' } },
  results: { indexes: { entry: ['name', 'profile', 'receipt'], name: ['name', 'profile'], receipt: 'receipt' } },
  equivocations: { indexes: { entry: ['task', 'profile', 'receipt'], task: ['task', 'profile'], receipt: 'receipt' } },
  reports: {},
  aliases: {},
  revocations: { indexes: { entry: ['revoked', 'revoker'], revoked: 'revoked' } },
  names: { indexes: { entry: ['iss', 'name', 'seq'], name: ['iss', 'name'] } },
  localNames: {},
  sourceMaps: {},
  runs: { indexes: { run: 'run', workflow: 'workflow', open: 'open' } },
  journal: {},
  intents: { indexes: { task: 'task' } },
  requests: { indexes: {} },
  schedules: { indexes: { schedule: 'schedule', due: 'due' } },
  triggers: { indexes: { name: 'name', trigger: 'trigger' } },
  inbox: { indexes: { entry: ['trigger', 'id'], state: ['trigger', 'state'] } },
  cursors: {},
  kv: {},
  kvGone: {},
  kvChanges: { indexes: { key: 'key' } },
  secrets: {},
  notes: {},
  pins: {},
  trusted: {},
} as const satisfies Readonly<
  Record<string, { readonly indexes?: Readonly<Record<string, string | readonly string[]>> }>
>

/** The name of an object store. */
export type StoreName = keyof typeof stores

/** Which version each object store is of that the first one does not have, and each index that its store got later. */
export const since: Readonly<Record<string, number>> = {
  ...{ 'runs.open': 2, journal: 2, intents: 2, requests: 2, schedules: 2, kv: 2, kvGone: 2, secrets: 2, notes: 2 },
  equivocations: 4,
  ...{ 'schedules.due': 3, triggers: 3, inbox: 3, cursors: 3, kvChanges: 3 },
}

/** The version of the object stores; a database of a newer one is refused. */
export const schemaVersion = 4
