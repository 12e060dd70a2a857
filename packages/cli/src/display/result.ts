import { join } from 'node:path'
import { CID, cidKey, codec, encodeJson, type Value } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import { isSealed, type EndedRun, type SettledTask } from '@ipvm/runtime'
import { promisesIn } from '@ipvm/ucan'
import { decodeWorkflow, tasksInOrder } from '@ipvm/workflow'
import { orStop } from '../exit.ts'
import { writeOutput } from '../load/file.ts'
import { size } from './display.ts'
import { printable } from '../output.ts'

/** The tasks whose results nobody in the workflow awaits: what the workflow was run for. */
export async function lastTasks(node: IpvmNode, { workflow, tasks }: EndedRun): Promise<readonly SettledTask[]> {
  const documented = tasksInOrder(orStop(decodeWorkflow(orStop(await node.block(workflow)))))
  const awaited = new Set(documented.flatMap(({ task }) => promisesIn(task.args).map(({ target }) => cidKey(target))))
  // A promise names the document's task; in a run, what is no function has a name of the run's own.
  const last = new Set(documented.filter(({ name }) => !awaited.has(cidKey(name))).map(({ label }) => label))
  return [...tasks.values()].filter(({ label }) => last.has(label))
}

/** What is told of a value that is sealed. */
const hiddenResult = 'a secret, sealed; --reveal opens it'

/** A result on one line: the value itself, or the size and the name of a file. */
export async function resultText(node: IpvmNode, value: Value): Promise<string> {
  if (isSealed(value)) return hiddenResult
  const bytes = await contentOf(node, value)
  if (!bytes) return typeof value === 'string' ? value : encodeJson(value)
  return value instanceof CID ? `${size(bytes.length)} ${kindOf(bytes)}, ipvm get ${value}` : encodeJson(value)
}

/**
 * Writes a result that is bytes into `folder`, as `<label>.<kind>`, or with a number where that is `taken`; gives the
 * path, or nothing for other results.
 */
export async function saveResult(
  node: IpvmNode,
  folder: string,
  task: SettledTask,
  taken: Set<string>,
): Promise<string | undefined> {
  const { label, receipt } = task
  const bytes = 'ok' in receipt.out ? await contentOf(node, receipt.out.ok) : undefined
  if (!bytes) return undefined
  const name = fileName(label)
  const kind = kindOf(bytes)
  let path = join(folder, `${name}.${kind}`)
  for (let number = 2; taken.has(path); number++) path = join(folder, `${name}-${number}.${kind}`)
  taken.add(path)
  await writeOutput(path, bytes)
  return path
}

async function contentOf(node: IpvmNode, value: Value): Promise<Uint8Array | undefined> {
  if (value instanceof Uint8Array) return value
  const isFile = value instanceof CID && (value.code === codec.raw || value.code === codec.dagPb)
  return isFile ? orStop(await node.file(value)) : undefined
}

const magics: readonly (readonly [kind: string, start: readonly number[]])[] = [
  ['png', [0x89, 0x50, 0x4e, 0x47]],
  ['jpg', [0xff, 0xd8, 0xff]],
  ['gif', [0x47, 0x49, 0x46, 0x38]],
  ['pdf', [0x25, 0x50, 0x44, 0x46]],
  ['wasm', [0x00, 0x61, 0x73, 0x6d]],
]

function kindOf(bytes: Uint8Array): string {
  return magics.find(([, start]) => start.every((byte, i) => bytes[i] === byte))?.[0] ?? 'bin'
}

/** File systems take 255 bytes; the kind and a number come after it. */
const fileNameBytesMax = 200

/** A label as a file name: nothing in it may lead out of the folder. */
function fileName(label: string): string {
  const safe = printable(label)
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^\.+/, '')
  const bytes = new TextEncoder().encode(safe).subarray(0, fileNameBytesMax)
  return new TextDecoder().decode(bytes).replace(/\ufffd+$/, '') || 'result'
}
