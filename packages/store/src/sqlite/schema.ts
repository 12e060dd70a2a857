/** Says "an ipvm store" in the file's header: the bytes `ipvm`. */
export const applicationId = 0x6970766d

/**
 * Blocks hold all that is content-addressed, receipts included; the other tables are indexes, reports and the journal.
 * CIDs are their bytes.
 */
const first = `
  CREATE TABLE blocks (cid BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
  CREATE TABLE receipts (cid BLOB PRIMARY KEY, ran BLOB NOT NULL, resolved BLOB NOT NULL) STRICT;
  CREATE INDEX receipts_by_ran ON receipts (ran);
  CREATE INDEX receipts_by_resolved ON receipts (resolved);
  CREATE TABLE results (
    name BLOB NOT NULL, profile TEXT NOT NULL, receipt BLOB NOT NULL,
    UNIQUE (name, profile, receipt)
  ) STRICT;
  CREATE TABLE aliases (alias BLOB PRIMARY KEY, name BLOB NOT NULL) STRICT;
  CREATE TABLE revocations (revoked BLOB NOT NULL, revoker TEXT NOT NULL, UNIQUE (revoked, revoker)) STRICT;
  CREATE TABLE runs (
    number INTEGER PRIMARY KEY, run BLOB NOT NULL UNIQUE, workflow BLOB NOT NULL, name TEXT, tasks INTEGER NOT NULL,
    at INTEGER NOT NULL, owner TEXT NOT NULL, ended TEXT, ended_at INTEGER
  ) STRICT;
  CREATE INDEX runs_by_workflow ON runs (workflow);
  CREATE TABLE run_tasks (
    run BLOB NOT NULL, label TEXT NOT NULL, task BLOB NOT NULL, how TEXT NOT NULL, receipt BLOB NOT NULL,
    milliseconds REAL NOT NULL,
    PRIMARY KEY (run, label)
  ) STRICT;
`

const reports = `
  CREATE TABLE reports (
    receipt BLOB PRIMARY KEY, gas INTEGER NOT NULL, memory INTEGER NOT NULL, output INTEGER NOT NULL,
    disk INTEGER NOT NULL, time REAL NOT NULL, gas_limit INTEGER NOT NULL, memory_limit INTEGER NOT NULL,
    output_limit INTEGER NOT NULL, disk_limit INTEGER NOT NULL, time_limit REAL NOT NULL, log TEXT NOT NULL
  ) STRICT;
`

/** As a JSON list of text; null where the run did not fail inside its guest. */
const stacks = `
  ALTER TABLE reports ADD COLUMN stack TEXT;
`

const names = `
  CREATE TABLE names (
    iss TEXT NOT NULL, name TEXT NOT NULL, seq INTEGER NOT NULL, record BLOB NOT NULL,
    PRIMARY KEY (iss, name, seq)
  ) STRICT;
  CREATE TABLE source_maps (mod BLOB PRIMARY KEY, map BLOB NOT NULL) STRICT;
  CREATE TABLE pins (local TEXT PRIMARY KEY, record BLOB NOT NULL) STRICT;
`

/** What makes the tables, from each version to the next; steps that were released stay as they are. */
export const migrations: readonly string[] = [first, reports, stacks, names]

/** The version of the tables; a store of a newer one is refused. */
export const schemaVersion = migrations.length
