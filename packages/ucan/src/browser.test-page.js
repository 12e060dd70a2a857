// What the page of browser.test.ts does: keys are made and stored by one visit, used by the next.
import { decodeInvocation, delegate, invoke, proofsOf, readContainer, validate, writeContainer } from '@ipvm/ucan'
import { generateSigner, generateWebKeys, webCryptoSigner } from '@ipvm/varsig'

const { crypto, indexedDB } = globalThis

/** The first visit: Alice's and Bob's keys are made and stored, and no script can read them out. */
async function makeKeys() {
  const keys = {
    alice: await generateWebKeys('Ed25519', crypto.subtle),
    bob: await generateWebKeys('P-256', crypto.subtle),
  }
  const database = await opened()
  const change = database.transaction('keys', 'readwrite')
  for (const [name, pair] of Object.entries(keys)) change.objectStore('keys').put(pair, name)
  await new Promise((resolve, reject) => {
    change.oncomplete = resolve
    change.onerror = () => reject(change.error)
  })
  const exported = await crypto.subtle.exportKey('pkcs8', keys.alice.privateKey).then(
    () => true,
    () => false,
  )
  return { exported }
}

/** The second visit: Alice delegates to Bob, Bob to Carol (secp256k1), and Carol asks Alice. */
async function delegateAndAsk(now) {
  const alice = await webCryptoSigner(await storedKeys('alice'), crypto.subtle)
  const bob = await webCryptoSigner(await storedKeys('bob'), crypto.subtle)
  const random = count => crypto.getRandomValues(new Uint8Array(count))
  const carol = generateSigner('secp256k1', random)
  const exp = now + 60
  const toBob = await delegate({ aud: bob.did, sub: alice.did, cmd: '/msg', nonce: random(12), exp }, alice)
  const pol = [['==', '.to', 'dave']]
  const toCarol = await delegate({ aud: carol.did, sub: alice.did, cmd: '/msg/send', pol, nonce: random(12), exp }, bob)
  const prf = [toBob.envelope.cid, toCarol.envelope.cid]
  const ask = to => invoke({ sub: alice.did, cmd: '/msg/send', args: { to }, prf, nonce: random(12), exp }, carol)
  const tokens = [toBob.envelope.bytes, toCarol.envelope.bytes]
  const written = await writeContainer(tokens)
  const container = await readContainer(written)
  if ('error' in container) throw new Error(container.error.message)
  const context = { now, executor: alice.did, resolveProof: proofsOf(container.ok.tokens) }
  const judged = async bytes => {
    const invocation = decodeInvocation(bytes)
    if ('error' in invocation) return invocation.error.name
    const verdict = await validate(invocation.ok, context)
    return 'ok' in verdict ? 'ok' : verdict.error.name
  }
  const good = (await ask('dave')).envelope.bytes
  const forged = good.slice()
  forged[10] ^= 1
  return {
    executor: alice.did,
    issuers: [alice.did, bob.did, carol.did],
    verdicts: [await judged(good), await judged((await ask('eve')).envelope.bytes), await judged(forged)],
    invocation: Array.from(good),
    container: Array.from(written),
  }
}

async function storedKeys(name) {
  const request = (await opened()).transaction('keys').objectStore('keys').get(name)
  return finished(request)
}

function opened() {
  const request = indexedDB.open('ipvm-test', 1)
  request.onupgradeneeded = () => request.result.createObjectStore('keys')
  return finished(request)
}

function finished(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

globalThis.story = { makeKeys, delegateAndAsk }
