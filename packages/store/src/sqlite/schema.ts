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

/**
 * `used` stands before the bytes: it is read without them. Which blocks are signed revocations was not noted before;
 * their bytes name the command, the delegation and the revoker. What was called a pin before is a local name now.
 */
const retention = `
  CREATE TABLE used_blocks (cid BLOB PRIMARY KEY, used INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
  INSERT INTO used_blocks (cid, used, bytes) SELECT cid, unixepoch(), bytes FROM blocks ORDER BY rowid;
  DROP TABLE blocks;
  ALTER TABLE used_blocks RENAME TO blocks;
  ALTER TABLE revocations ADD COLUMN token BLOB;
  UPDATE revocations SET token = (
    SELECT cid FROM blocks WHERE instr(bytes, CAST('/ucan/revoke' AS BLOB)) AND instr(bytes, revoked)
      AND instr(bytes, CAST(revoker AS BLOB))
  );
  CREATE INDEX results_by_receipt ON results (receipt);
  ALTER TABLE pins RENAME TO local_names;
  CREATE TABLE pins (cid BLOB NOT NULL UNIQUE) STRICT;
  CREATE TABLE trusted (executor TEXT NOT NULL UNIQUE) STRICT;
`

/**
 * Journals in place of the tasks as they were settled last; what happened when is known to the run alone. A run that had not
 * ended is one that was cut off, long ago perhaps: it goes on when somebody says so. Events but the most frequent are
 * DAG-CBOR, here {type: "suspended"} and {end, type: "ended"}.
 */
const journals = `
  ALTER TABLE runs ADD COLUMN invocation BLOB;
  ALTER TABLE runs ADD COLUMN delegations TEXT;
  ALTER TABLE runs ADD COLUMN suspended INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE runs ADD COLUMN cancelling INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE runs ADD COLUMN counts TEXT;
  ALTER TABLE runs ADD COLUMN milliseconds REAL;
  UPDATE runs SET suspended = ended IS NULL;
  UPDATE runs SET (counts, milliseconds) = (
    SELECT json_group_object(how, tasks), coalesce(sum(spent) FILTER (WHERE how IN ('ran', 'failed')), 0.0) FROM (
      SELECT how, count(*) AS tasks, sum(milliseconds) AS spent FROM run_tasks WHERE run_tasks.run = runs.run GROUP BY how
    )
  ) WHERE ended IS NOT NULL;
  CREATE INDEX open_runs ON runs (number) WHERE ended IS NULL;
  CREATE TABLE journal (
    run INTEGER NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, label TEXT, task BLOB, how TEXT, receipt BLOB,
    milliseconds REAL, reopened TEXT, event BLOB,
    PRIMARY KEY (run, seq)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO journal (run, seq, at, label, task, how, receipt, milliseconds)
    SELECT number, row_number() OVER (PARTITION BY number ORDER BY run_tasks.rowid), at * 1000, label, task, how,
      receipt, run_tasks.milliseconds
    FROM run_tasks JOIN runs USING (run);
  INSERT INTO journal (run, seq, at, event)
    SELECT number, 1 + (SELECT count(*) FROM run_tasks WHERE run_tasks.run = runs.run),
      coalesce(ended_at, at) * 1000,
      CASE ended
        WHEN 'ok' THEN x'a263656e64626f6b647479706565656e646564'
        WHEN 'failed' THEN x'a263656e64666661696c6564647479706565656e646564'
        WHEN 'cancelled' THEN x'a263656e646963616e63656c6c6564647479706565656e646564'
        ELSE x'a164747970656973757370656e646564'
      END
    FROM runs;
  DROP TABLE run_tasks;
  CREATE TABLE intents (
    task BLOB NOT NULL UNIQUE, run BLOB NOT NULL, label TEXT NOT NULL, attempt INTEGER NOT NULL, at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE requests (number INTEGER PRIMARY KEY AUTOINCREMENT, run BLOB NOT NULL, request BLOB NOT NULL) STRICT;
  CREATE TABLE schedules (
    schedule BLOB NOT NULL UNIQUE, workflow BLOB NOT NULL, due INTEGER, last INTEGER, missed INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE kv (key BLOB PRIMARY KEY, value BLOB NOT NULL, version INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE kv_gone (key BLOB PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE secrets (cid BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE claimed (one INTEGER PRIMARY KEY CHECK (one = 1), owner TEXT NOT NULL) STRICT;
`

/**
 * Names are hashes: a new one goes to another place of every index that it is in, and each of those places is 4 KiB to write.
 * So there is one such index, which gives names numbers, the newest the highest, and the tables that grow with every task
 * have the numbers. A row of `blocks` without bytes is a name that is only spoken of.
 */
const numbers = `
  CREATE TABLE numbered (number INTEGER PRIMARY KEY, cid BLOB NOT NULL UNIQUE, used INTEGER, bytes BLOB) STRICT;
  INSERT INTO numbered (cid, used, bytes) SELECT cid, used, bytes FROM blocks ORDER BY rowid;
  INSERT INTO numbered (cid)
    SELECT ran FROM receipts UNION SELECT resolved FROM receipts UNION SELECT cid FROM receipts UNION
    SELECT name FROM results UNION SELECT receipt FROM results UNION SELECT receipt FROM reports
    EXCEPT SELECT cid FROM blocks;
  CREATE TABLE numbered_receipts (receipt INTEGER NOT NULL UNIQUE, ran INTEGER NOT NULL, resolved INTEGER) STRICT;
  INSERT INTO numbered_receipts
    SELECT one.number, ran.number, CASE WHEN receipts.resolved <> receipts.ran THEN resolved.number END FROM receipts
      JOIN numbered AS one ON one.cid = receipts.cid JOIN numbered AS ran ON ran.cid = receipts.ran
      JOIN numbered AS resolved ON resolved.cid = receipts.resolved
    ORDER BY receipts.rowid;
  CREATE TABLE numbered_results (
    name INTEGER NOT NULL, profile TEXT NOT NULL, receipt INTEGER NOT NULL,
    PRIMARY KEY (name, profile, receipt)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO numbered_results
    SELECT named.number, profile, one.number FROM results
      JOIN numbered AS named ON named.cid = results.name JOIN numbered AS one ON one.cid = results.receipt;
  CREATE TABLE numbered_reports (
    receipt INTEGER PRIMARY KEY, gas INTEGER NOT NULL, memory INTEGER NOT NULL, output INTEGER NOT NULL,
    disk INTEGER NOT NULL, time REAL NOT NULL, gas_limit INTEGER NOT NULL, memory_limit INTEGER NOT NULL,
    output_limit INTEGER NOT NULL, disk_limit INTEGER NOT NULL, time_limit REAL NOT NULL, log TEXT NOT NULL, stack TEXT
  ) STRICT;
  INSERT INTO numbered_reports
    SELECT number, gas, memory, output, disk, time, gas_limit, memory_limit, output_limit, disk_limit, time_limit, log,
      stack
    FROM reports JOIN numbered ON cid = receipt;
  DROP TABLE blocks;
  DROP TABLE receipts;
  DROP TABLE results;
  DROP TABLE reports;
  ALTER TABLE numbered RENAME TO blocks;
  ALTER TABLE numbered_receipts RENAME TO receipts;
  ALTER TABLE numbered_results RENAME TO results;
  ALTER TABLE numbered_reports RENAME TO reports;
  CREATE INDEX receipts_by_ran ON receipts (ran);
  CREATE INDEX receipts_by_resolved ON receipts (resolved) WHERE resolved IS NOT NULL;
  CREATE INDEX results_by_receipt ON results (receipt);
`

/**
 * What starts workflows. Changes of values, and receipts, say how many events led to them; changes get numbers as receipts
 * have them. Those of before have none, and nobody asks for them.
 */
const triggers = `
  CREATE TABLE triggers (name TEXT NOT NULL UNIQUE, cid BLOB NOT NULL UNIQUE, workflow BLOB NOT NULL) STRICT;
  CREATE TABLE inbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT, cid BLOB NOT NULL, id TEXT NOT NULL, event BLOB NOT NULL,
    at INTEGER NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL, due INTEGER, run BLOB, cause TEXT,
    UNIQUE (cid, id)
  ) STRICT;
  CREATE INDEX inbox_by_state ON inbox (cid, state, number);
  CREATE TABLE cursors (
    cid BLOB NOT NULL, key TEXT NOT NULL, mark BLOB NOT NULL,
    PRIMARY KEY (cid, key)
  ) STRICT, WITHOUT ROWID;
  ALTER TABLE receipts ADD COLUMN depth INTEGER;
  ALTER TABLE kv ADD COLUMN number INTEGER;
  ALTER TABLE kv ADD COLUMN depth INTEGER;
  ALTER TABLE kv_gone ADD COLUMN number INTEGER;
  ALTER TABLE kv_gone ADD COLUMN depth INTEGER;
  CREATE INDEX kv_by_number ON kv (number);
  CREATE INDEX kv_gone_by_number ON kv_gone (number);
  CREATE INDEX schedules_by_due ON schedules (due);
`

/** How often something was removed: who remembers what was there looks whether it may be gone. */
const removals = `
  CREATE TABLE removals (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL) STRICT;
  INSERT INTO removals VALUES (1, 0);
`

/** Receipts that contradict each other, two or more of one task and profile; and which of them were found to be wrong. */
const equivocations = `
  CREATE TABLE equivocations (
    task INTEGER NOT NULL, profile TEXT NOT NULL, receipt INTEGER NOT NULL, refuted INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (task, profile, receipt)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX equivocations_by_receipt ON equivocations (receipt);
`

/** What makes the tables, from each version to the next; steps that were released stay as they are. */
export const migrations: readonly string[] = [
  first,
  reports,
  stacks,
  names,
  retention,
  journals,
  numbers,
  triggers,
  removals,
  equivocations,
]

/** The version of the tables; a store of a newer one is refused. */
export const schemaVersion = migrations.length
