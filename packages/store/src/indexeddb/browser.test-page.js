// What the page of browser.test.ts does: the stories of every store, and what a visit finds that comes later.
import { rawBlock } from '@ipvm/ipld'
import { openIndexedDbStore } from './store.ts'
import { storeStories } from '../store.test-fixture.ts'

let databases = 0
const fresh = options => openIndexedDbStore(`story-${databases++}`, globalThis, options)
const opened = () => openIndexedDbStore('visits', globalThis)
const block = rawBlock(Uint8Array.of(1, 2, 3))

async function tellAll() {
  const failures = []
  for (const [name, tell] of Object.entries(storeStories)) {
    await tell(fresh).catch(thrown => failures.push(`${name}: ${thrown}`))
  }
  return { told: Object.keys(storeStories).length, failures }
}

async function keep() {
  await (await opened()).commit({ blocks: [block] })
}

async function find() {
  return (await opened()).hasBlock(block.cid)
}

async function fill() {
  const store = await opened()
  const bytes = new Uint8Array(1_000_000)
  for (let n = 0; n < 64; n++) {
    for (let at = 0; at < bytes.length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536))
    try {
      await store.commit({ blocks: [rawBlock(bytes.slice())] })
    } catch (thrown) {
      return { name: thrown.name, message: thrown.message }
    }
  }
  return 'it never was full'
}

globalThis.story = { tellAll, keep, find, fill }
