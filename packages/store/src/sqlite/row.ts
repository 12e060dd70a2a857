/** What a table's column holds. */
export type Cell = string | number | null | Uint8Array

/**
 * What is written, a row at a time: the kind, then what is to be known. CIDs are their bytes. Plain enough to go to
 * another thread, and as a tuple since there are a dozen for each task.
 */
export type Row =
  | readonly ['block', cid: Uint8Array, used: number, bytes: Uint8Array]
  | readonly ['receipt', cid: Uint8Array, ran: Uint8Array, resolved: Uint8Array | null, depth: number | null]
  | readonly ['result', name: Uint8Array, profile: string, receipt: Uint8Array]
  | readonly ['equivocation', task: Uint8Array, profile: string, receipt: Uint8Array]
  | readonly ['report', receipt: Uint8Array, ...ReportCells]
  | readonly ['settled', run: Uint8Array, seq: number, at: number, ...SettledCells]
  | readonly ['reopened', run: Uint8Array, seq: number, at: number, labels: string]
  | readonly ['event', run: Uint8Array, seq: number, at: number, event: Uint8Array]
  | readonly ['suspended', run: Uint8Array]
  | readonly ['resumed', run: Uint8Array, owner: string]
  | readonly ['cancelling', run: Uint8Array]
  | readonly ['ended', run: Uint8Array, end: string, at: number]
  | readonly [PlainKind, ...cells: readonly Cell[]]

/** A row that is written by one statement, with the cells as they are. */
export type PlainKind =
  | 'alias'
  | 'concluded'
  | 'cursor'
  | 'eventCame'
  | 'forgotten'
  | 'handled'
  | 'intent'
  | 'kv'
  | 'kvGone'
  | 'localName'
  | 'name'
  | 'noCursor'
  | 'noCursors'
  | 'noInbox'
  | 'noKv'
  | 'noKvGone'
  | 'noResults'
  | 'pin'
  | 'refuted'
  | 'removal'
  | 'request'
  | 'revocation'
  | 'run'
  | 'schedule'
  | 'secret'
  | 'sourceMap'
  | 'taken'
  | 'trigger'
  | 'trusted'
  | 'unpin'
  | 'unschedule'
  | 'untrigger'
  | 'untrusted'

type Amounts = readonly [gas: number, memory: number, output: number, disk: number, time: number]

type ReportCells = readonly [...used: Amounts, ...limits: Amounts, log: string, stack: string | null]

type SettledCells = readonly [label: string, task: Uint8Array, how: string, receipt: Uint8Array, milliseconds: number]

/** The code of an entry that does not follow its journal's last; SQLite has none so high. */
export const disorderCode = 200
