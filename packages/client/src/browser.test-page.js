// What the page of browser.test.ts does: an app of another origin than the node that it works with.
import { connect, indexedDbOutbox, orThrow } from '@ipvm/client'
import { generateWebKeys, webCryptoSigner } from '@ipvm/varsig'
import { workflow } from '@ipvm/workflow'

const { crypto, indexedDB } = globalThis

/** The page's key, which no script can read out: made by its first visit, used by the next. */
async function signer() {
  const known = await storedKeys('readonly', keys => keys.get('own'))
  if (known) return webCryptoSigner(known, crypto.subtle)
  const made = await generateWebKeys('Ed25519', crypto.subtle)
  await storedKeys('readwrite', keys => keys.put(made, 'own'))
  return webCryptoSigner(made, crypto.subtle)
}

async function storedKeys(mode, use) {
  const opening = indexedDB.open('app', 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore('keys')
  const database = await finished(opening)
  return finished(use(database.transaction('keys', mode).objectStore('keys')))
}

function finished(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

/** Runs a workflow whose second task waits for the world outside, and goes on telling what it hears. */
async function run({ url, proofs, mod, file }) {
  const node = orThrow(await connect(url, await signer(), { proofs }))
  const draft = workflow('page', ({ task }) => {
    task('add', { mod: Uint8Array.from(mod), fun: 'add-one', params: [41] })
    const waited = task('wait', { cmd: '/test/wait', args: { file } })
    task('ask', { cmd: '/test/ask', args: { what: waited } })
  })
  const events = []
  const ended = node.run(draft, { onEvent: ({ id, event, data }) => events.push({ id, event, label: data.label }) })
  globalThis.going = { events, ended, node }
  return node.did
}

/** How it ended, once it has. */
async function ended() {
  const { events, ended, node } = globalThis.going
  const { end, tasks } = orThrow(await ended)
  const values = {}
  for (const [label, receipt] of tasks) values[label] = orThrow(await node.value(receipt))
  return { end, values, events, issuers: [...new Set([...tasks.values()].map(({ iss }) => iss))] }
}

/** Opens the app with its outbox; `asked` is what it asks for at this visit, if anything. */
async function visit({ url, did, proofs, asked }) {
  globalThis.told = []
  const onSettled = ({ note, result }) => globalThis.told.push({ note, out: result.ok?.out ?? result.error.name })
  const outbox = indexedDbOutbox(globalThis)
  const node = orThrow(await connect(url, await signer(), { did, proofs, outbox, onSettled }))
  if (asked) void node.call(asked.cmd, asked.args, { note: asked.note })
  globalThis.app = node
  return node.waiting
}

globalThis.story = {
  did: async () => (await signer()).did,
  events: () => globalThis.going.events,
  waiting: () => globalThis.app.waiting,
  told: () => globalThis.told,
  run,
  ended,
  visit,
}
