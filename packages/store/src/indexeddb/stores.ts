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
  schedules: { indexes: { schedule: 'schedule' } },
  kv: {},
  kvGone: {},
  secrets: {},
  notes: {},
  pins: {},
  trusted: {},
} as const satisfies Readonly<
  Record<string, { readonly indexes?: Readonly<Record<string, string | readonly string[]>> }>
>

/** The name of an object store. */
export type StoreName = keyof typeof stores

/** Those that a database of the first version has. */
export const firstStores: ReadonlySet<string> = new Set([
  ...['blocks', 'uses', 'receipts', 'results', 'reports', 'aliases', 'revocations', 'names', 'localNames'],
  ...['sourceMaps', 'runs', 'pins', 'trusted'],
])

/** The version of the object stores; a database of a newer one is refused. */
export const schemaVersion = 2
