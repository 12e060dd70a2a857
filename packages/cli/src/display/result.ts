import { join } from 'node:path'
import { CID, codec, encodeJson, type Value } from '@ipvm/ipld'
import type { IpvmNode } from '@ipvm/node'
import type { EndedRun, SettledTask } from '@ipvm/runtime'
import { promisesIn } from '@ipvm/ucan'
import { decodeWorkflow } from '@ipvm/workflow'
import { orStop } from '../exit.ts'
import { writeOutput } from '../load/file.ts'
import { printable, size } from './display.ts'

/** The tasks whose results nobody in the workflow awaits: what the workflow was run for. */
export async function lastTasks(node: IpvmNode, { workflow, tasks }: EndedRun): Promise<readonly SettledTask[]> {
  const { tasks: documented } = orStop(decodeWorkflow(orStop(await node.block(workflow))))
  const awaited = new Set<string>()
  for (const { args } of Object.values(documented)) {
    for (const { target } of promisesIn(args)) awaited.add(target.toString())
  }
  return [...tasks.values()].filter(({ task }) => !awaited.has(task.toString()))
}

/** A result on one line: the value itself, or the size and the name of a file. */
export async function resultText(node: IpvmNode, value: Value): Promise<string> {
  const bytes = await contentOf(node, value)
  if (!bytes) return typeof value === 'string' ? value : encodeJson(value)
  return value instanceof CID ? `${size(bytes.length)} ${kindOf(bytes)}, ipvm get ${value}` : encodeJson(value)
}

/** Writes a result that is bytes into `folder`, as `<label>.<kind>`; gives the path, or nothing for other results. */
export async function saveResult(
  node: IpvmNode,
  folder: string,
  { label, receipt }: SettledTask,
): Promise<string | undefined> {
  const bytes = 'ok' in receipt.out ? await contentOf(node, receipt.out.ok) : undefined
  if (!bytes) return undefined
  const path = join(folder, `${fileName(label)}.${kindOf(bytes)}`)
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

/** A label as a file name: nothing in it may lead out of the folder. */
function fileName(label: string): string {
  return (
    printable(label)
      .replace(/[^\p{L}\p{N}._-]+/gu, '-')
      .replace(/^\.+/, '') || 'result'
  )
}
