import { randomBytes } from 'node:crypto'
import { writeRequest } from '@ipvm/client'
import { decodeJson, encodeJson, isMap, type Value, type ValueMap } from '@ipvm/ipld'
import { homeOf, readConfig, type IpvmNode } from '@ipvm/node'
import { httpAddress } from '@ipvm/network/http'
import { readStatus } from '@ipvm/node/network'
import { isCommand, type Command as Cmd, type Delegation, type Receipt } from '@ipvm/ucan'
import { sameDid, type Did, type Signer } from '@ipvm/varsig'
import type { Call, Command } from '../command.ts'
import { isOnlyHere } from '../display/address.ts'
import { resultText } from '../display/result.ts'
import { exit, orStop, Stop, type ExitCode } from '../exit.ts'
import { writeOutput } from '../load/file.ts'
import { signerOf } from '../load/keys.ts'
import { linkedFiles } from '../load/linked-files.ts'
import { isModuleWord } from '../load/module.ts'
import { connectTo, orRefused, otherNode } from '../load/other-node.ts'
import { parseTime } from '../load/time.ts'
import { wasmCallArgs } from '../load/wasm-call.ts'
import { openOrMakeNode } from '../open.ts'
import { print, printable, say } from '../output.ts'

/** `ipvm invoke CMD …` */
export const invoke: Command = {
  usage: 'COMMAND [ARGS] | FILE.wasm|NAME|CID FUNCTION [ARGS…]',
  words: Number.POSITIVE_INFINITY,
  summary:
    'Asks a node for one task and prints what it gives; or writes the signed request, to be sent by other means.',
  examples: [
    'invoke add.wasm add-one 41 --node https://node.example',
    'invoke add.wasm add-one 41 --node did:key:z6Mk… -o request.ctn',
    `invoke /node/read '{}' --node https://node.example --proof bob.ucan`,
  ],
  options: {
    node: {
      summary:
        'which node: its address, or its name or DID among the peers; with --output this one, where none is given',
      value: 'NODE',
    },
    output: { summary: 'write the request into a file instead of sending it', value: 'FILE', short: 'o' },
    proof: { summary: 'a container of delegations that say that you may', value: 'FILE' },
    key: { summary: 'sign with this key of yours instead of the node’s', value: 'NAME' },
    exp: { summary: 'until when the request holds: 1h (where none is given), 5m, a date', value: 'TIME' },
  },
  run: async call => {
    const { node } = await openOrMakeNode(call)
    try {
      const signer = await signerOf(call)
      const task = await taskIn(call, node)
      const path = call.value('output')
      return path === undefined ? await ask(call, node, signer, task) : await write(call, node, signer, task, path)
    } finally {
      await node.close()
    }
  },
}

interface Asked {
  readonly cmd: Cmd
  readonly args: ValueMap
}

/** What is asked: a function of a module as `ipvm run` takes it, or a command with arguments in DAG-JSON. */
async function taskIn({ positionals }: Call, node: IpvmNode): Promise<Asked> {
  const [first, ...words] = positionals
  if (first === undefined) throw new Stop({ name: 'Usage', message: 'invoke what? See ipvm invoke --help' })
  if (isModuleWord(first)) return { cmd: '/wasm/run', args: await wasmCallArgs(node, first, words) }
  if (!isCommand(first)) {
    const message = `"${first}" is no command such as /wasm/run, and no module; see ipvm invoke --help`
    throw new Stop({ name: 'Usage', message })
  }
  const [text = '{}', extra] = words
  if (extra !== undefined) throw new Stop({ name: 'Usage', message: `"${extra}" is one word too many; see --help` })
  const args: Value = orStop(decodeJson(text))
  if (isMap(args)) return { cmd: first, args }
  throw new Stop({ name: 'Usage', message: 'the arguments are no map; write {"name": value, …}' })
}

async function ask(call: Call, node: IpvmNode, signer: Signer, { cmd, args }: Asked): Promise<ExitCode> {
  const where = call.value('node')
  if (where === undefined) {
    throw new Stop({
      name: 'Usage',
      message: 'invoke needs --node: which node is asked? This one runs it with ipvm run',
    })
  }
  const other = await otherNode(where, node, call)
  const client = await connectTo(other, signer, call)
  const files = await linkedFiles(node, [args])
  const seconds = secondsIn(call)
  const asked = await client.call(cmd, args, { blocks: files, ...(seconds !== undefined && { seconds }) })
  const receipt = orRefused(asked, { other, cmd, by: signer.did, node: client.did })
  await node.store.commit({ blocks: [receipt, ...orStop(await client.blocks(receipt))] })
  client.close()
  return tell(call, node, receipt)
}

async function tell(call: Call, node: IpvmNode, { out, cid, iss }: Receipt): Promise<ExitCode> {
  if (call.json) print(encodeJson({ receipt: cid, executor: iss, out }))
  else if ('ok' in out) print(await resultText(node, out.ok))
  if ('error' in out && !call.json) say(`ipvm: ${printable(out.error.name)}: ${printable(out.error.message)}`)
  return 'ok' in out ? exit.ok : exit.failed
}

async function write(call: Call, node: IpvmNode, signer: Signer, task: Asked, path: string): Promise<ExitCode> {
  const { did, address = 'ADDRESS/', proofs } = await askedNode(call, node, signer)
  const now = Math.floor(Date.now() / 1000)
  const isPure = task.cmd === '/wasm/run'
  const request = await writeRequest(task.cmd, task.args, {
    ...{ signer, node: did, proofs, now, exp: now + (secondsIn(call) ?? requestSeconds) },
    ...(!isPure && { nonce: randomBytes(nonceBytes) }),
    // A process that serves this node has the same store.
    blocks: sameDid(did, node.did) ? [] : await linkedFiles(node, [task.args]),
  })
  await writeOutput(path, request.bytes)
  if (call.json) print(encodeJson({ task: request.task, node: did, type: request.type }))
  else say(`A ${request.type === 'car' ? 'CAR' : 'container'} for ${did}; its receipt is that of ${request.task}`)
  if (!call.json) say(`Send it with: curl --data-binary @${path} '${address}?wait=10' -o answer.ctn`)
  return exit.ok
}

/** Who is asked, and what proves that one may; an address is asked whose it is. */
async function askedNode(
  call: Call,
  node: IpvmNode,
  signer: Signer,
): Promise<{ readonly did: Did; readonly address?: string | undefined; readonly proofs: readonly Delegation[] }> {
  const where = call.value('node')
  const other = where === undefined ? undefined : await otherNode(where, node, call)
  if (!other) return { did: node.did, address: await ownAddress(call), proofs: [] }
  const { address, proofs } = other
  if (other.did !== undefined) return { did: other.did, address, proofs }
  const client = await connectTo(other, signer, call)
  client.close()
  return { did: client.did, address, proofs }
}

/** Where this node answers: the process that keeps it up knows, and else its config says where it will. */
async function ownAddress(call: Call): Promise<string> {
  const home = homeOf(call.home)
  const { addresses = [] } = (await readStatus(home)) ?? {}
  const served = addresses.filter(address => httpAddress(address) !== undefined)
  const best = served.find(isOnlyHere) ?? served[0]
  if (best !== undefined) return best
  const { port, tls } = orStop(await readConfig(home)).serve
  return `${tls.cert === undefined ? 'http' : 'https'}://127.0.0.1:${port}/`
}

const requestSeconds = 3600
const nonceBytes = 12

function secondsIn(call: Call): number | undefined {
  const text = call.value('exp')
  if (text === undefined) return undefined
  const now = Math.floor(Date.now() / 1000)
  const exp = parseTime(text, now)
  if (exp === null || exp <= now)
    throw new Stop({ name: 'Usage', message: `--exp ${text} is no time to come; write 5m` })
  return exp - now
}
