import { parseCid, type CID } from '@ipvm/ipld'
import type { RunRecord, Store } from '@ipvm/store'
import { Stop } from '../exit.ts'

/** How many runs are read at once while a name is looked for. */
const pageLength = 1000

/** How few characters a run, or a schedule, can be named by: the first seven are those of all. */
export const prefixLengthMin = 8

/**
 * The run that a word names: `last`, the CID of a run, the beginning of one, or the CID of a workflow, of which the
 * newest run is meant. A {@link Stop} says where it names none, or several.
 */
export async function runNamed(store: Store, word: string | undefined, verb: string): Promise<RunRecord> {
  if (word === undefined) {
    const message = `${verb} needs a run: its CID, the beginning of it, or last; ipvm ps lists them`
    throw new Stop({ name: 'Usage', message })
  }
  const run = await findRun(store, word)
  if (run) return run
  const message =
    word === 'last'
      ? 'nothing has run here yet, so there is no last run; see ipvm run --help'
      : `there is no run ${word} here; ipvm ps lists those that there are`
  throw new Stop({ name: 'UnknownRun', message })
}

/** The same, of a run that has not ended. */
export async function openRunNamed(store: Store, word: string | undefined, verb: string): Promise<RunRecord> {
  const run = await runNamed(store, word, verb)
  if (run.end === undefined) return run
  throw new Stop({ name: 'RunEnded', message: `${run.run} has ended: ${run.end}; there is nothing to ${verb}` })
}

/** The task of a run that was named; whether the run has it is found out when something is asked of it. */
export function labelNamed(word: string | undefined, verb: string): string {
  if (word !== undefined) return word
  throw new Stop({ name: 'Usage', message: `${verb} needs a run and the label of a task; ipvm show RUN lists them` })
}

/** The run that a word names; nothing where there is none. */
export async function findRun(store: Store, word: string): Promise<RunRecord | undefined> {
  if (word === 'last') {
    const [newest] = await store.runs(1)
    return newest && store.run(newest.run)
  }
  const cid = parseCid(word)
  if ('ok' in cid) return (await store.run(cid.ok)) ?? store.runOf(cid.ok)
  const named = await beginningWith(store, word)
  return named && store.run(named)
}

/** The name of something stored: a CID, or what names a run. A {@link Stop} says where it is neither. */
export async function storedNamed(store: Store, word: string): Promise<CID> {
  const cid = parseCid(word)
  if ('ok' in cid) return cid.ok
  const run = await findRun(store, word)
  if (run) return run.run
  const message = `${word} is neither a CID nor a run (last, or the beginning of its CID); ipvm ps lists the runs`
  throw new Stop({ name: 'UnknownName', message })
}

async function beginningWith(store: Store, word: string): Promise<CID | undefined> {
  if (word.length < prefixLengthMin) return undefined
  const found: CID[] = []
  for (let page = await store.runs(pageLength); page.length > 0; ) {
    found.push(...page.map(({ run }) => run).filter(run => run.toString().startsWith(word)))
    page = page.length < pageLength ? [] : await store.runs(pageLength, page.at(-1)?.run)
  }
  const [only, another] = found
  if (!another) return only
  const message = `${found.length} runs begin with ${word}, such as ${only} and ${another}; write more of the one that you mean`
  throw new Stop({ name: 'AmbiguousRun', message })
}
