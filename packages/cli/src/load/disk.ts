import { statfs } from 'node:fs/promises'
import { homeOf, type IpvmNode } from '@ipvm/node'
import type { Call } from '../command.ts'
import { size } from '../display/display.ts'
import { say } from '../output.ts'

/** How often it is looked whether the disk is full, milliseconds. */
const lookMilliseconds = 500

/** With less room than this, a store cannot go on, bytes. */
const roomBytesMin = 128 * 1024

/** Tells when what a node runs waits for room on the disk, and when it goes on, until the function that it gives is called. */
export function watchDisk(node: IpvmNode): () => void {
  let isFull = false
  const timer = setInterval(() => {
    const { heldCommits } = node.runtime.sample()
    if (heldCommits > 0 === isFull) return
    isFull = heldCommits > 0
    say(
      isFull
        ? 'ipvm: the disk is full: all waits until there is room; free some'
        : 'ipvm: there is room again; it goes on',
    )
  }, lookMilliseconds)
  timer.unref()
  return () => clearInterval(timer)
}

/** What to say where the disk of a call's node is full; nothing where it is not. */
export async function fullText({ home }: Pick<Call, 'home'>): Promise<string | undefined> {
  const { folder } = homeOf(home)
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (free >= roomBytesMin) return undefined
  return `the disk of ${folder} is full (${size(free)} left): what runs waits until there is room; free some`
}
