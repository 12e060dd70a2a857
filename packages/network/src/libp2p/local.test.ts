import { fork, type ChildProcess } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { join } from 'node:path'
import { alice, bob } from '@ipvm/testing'
import { expect, test } from 'vitest'
import { until } from '../suite/harness.test-fixture.ts'

/** Whether what is said to all of the local network is heard here: in many containers it is not. */
async function hearsMulticast(): Promise<boolean> {
  const [group, port] = ['224.0.0.251', 53_530]
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  const heard = Promise.withResolvers<boolean>()
  socket.on('error', () => heard.resolve(false))
  socket.on('message', () => heard.resolve(true))
  socket.bind(port, () => {
    try {
      socket.addMembership(group)
      socket.send('is anybody there?', port, group, thrown => thrown && heard.resolve(false))
    } catch {
      heard.resolve(false)
    }
  })
  setTimeout(() => heard.resolve(false), 1000)
  const isHeard = await heard.promise
  socket.close()
  return isHeard
}

/** A node in a process of its own. */
class Node {
  readonly said: string[] = []
  readonly #child: ChildProcess

  constructor(name: string) {
    this.#child = fork(join(import.meta.dirname, 'local.test-fixture.ts'), [name], { execArgv: [] })
    this.#child.on('message', line => this.said.push(String(line)))
  }

  async end(): Promise<void> {
    const gone = new Promise(resolve => this.#child.once('exit', resolve))
    this.#child.disconnect()
    await gone
  }
}

const isHeard = await hearsMulticast()

// Skipped where there is no multicast.
test.skipIf(!isHeard)('two nodes of one local network find each other without being told', async () => {
  const a = new Node('alice')
  // They ask who is there when they start, and then now and then.
  await until(() => a.said.includes('ready'))
  const b = new Node('bob')
  await until(() => a.said.length > 1 && b.said.length > 1)
  expect([a.said, b.said.toSorted()]).toEqual([
    ['ready', `came ${bob.did}`],
    [`came ${alice.did}`, 'ready'],
  ])
  await Promise.all([a.end(), b.end()])
})
