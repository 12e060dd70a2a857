import { blockOf, nameOf, rawBlock } from '@ipvm/ipld'
import { homeOf, makeIdentity } from '@ipvm/node'
import { openSqliteStore } from '@ipvm/store/sqlite'
import { issueReceipt } from '@ipvm/ucan'

const group = 2000

/** Makes a node's folder whose store tells of so many finished workflows of one task each, of the usual sizes. */
export async function fillStore(folder: string, workflows: number): Promise<void> {
  const home = homeOf(folder)
  const identity = await makeIdentity(home)
  if ('error' in identity) throw new Error(identity.error.message)
  const store = openSqliteStore(home.store)
  const profile = 'bench'
  for (let done = 0; done < workflows; done += group) {
    const commits: Promise<void>[] = []
    for (let number = done; number < Math.min(done + group, workflows); number++) {
      const task = blockOf({ cmd: '/wasm/run', args: { mod: nameOf('mod'), fun: 'f', params: [number] } })
      const document = blockOf({ tasks: { t0: { cmd: '/wasm/run', args: { mod: nameOf('mod'), params: [number] } } } })
      const invocation = rawBlock(Buffer.alloc(300, `invocation ${number} `))
      const [run, label] = [invocation.cid, 't0']
      const receipt = await issueReceipt({ ran: task.cid, out: { ok: number }, profile, exp: null }, identity.ok.signer)
      const results = [{ name: task.cid, profile, receipt: receipt.cid }]
      const head = { run, invocation: run, delegations: [], workflow: document.cid }
      const start = { ...head, name: 'one', tasks: 1, at: number, owner: '1' }
      const record = { label, task: task.cid, how: 'ran', receipt: receipt.cid, milliseconds: 1 } as const
      commits.push(
        store.commit({ blocks: [task, document, invocation], receipts: [receipt], results, runStarted: start }),
        store.commit({
          journal: [
            { run, seq: 1, at: number, event: { type: 'settled', ...record } },
            { run, seq: 2, at: number, event: { type: 'ended', end: 'ok' } },
          ],
        }),
      )
    }
    await Promise.all(commits)
  }
  await store.close()
}
