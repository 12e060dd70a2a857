#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { commandHelp, parseCall, table, type Command } from './command.ts'
import packageJson from '../package.json' with { type: 'json' }
import { exit, Stop, type ExitCode } from './exit.ts'
import { print, say, watchOutput } from './output.ts'

enableCompileCache()

/** Each verb's own file is read only when it is asked for, so that `--help` costs nothing. */
const commands: Readonly<Record<string, { readonly summary: string; load(): Promise<Command> }>> = {
  init: { summary: 'make a node: a key and a store', load: async () => (await import('./commands/init.ts')).init },
  id: { summary: "print the node's DID", load: async () => (await import('./commands/id.ts')).id },
  run: {
    summary: 'run a workflow, or one function of a Wasm file',
    load: async () => (await import('./commands/run.ts')).run,
  },
  invoke: {
    summary: 'ask another node for one task, or write the request into a file',
    load: async () => (await import('./commands/invoke.ts')).invoke,
  },
  build: {
    summary: 'make a Wasm file of the functions of a TypeScript file',
    load: async () => (await import('./commands/build.ts')).build,
  },
  dev: {
    summary: 'build and run a function again whenever its file is saved',
    load: async () => (await import('./commands/dev.ts')).dev,
  },
  plan: {
    summary: 'tell what running a workflow would do',
    load: async () => (await import('./commands/plan.ts')).plan,
  },
  ps: {
    summary: 'list the runs, and what those wait for that go on',
    load: async () => (await import('./commands/ps.ts')).ps,
  },
  logs: {
    summary: 'print what the guests of a run wrote to their logs',
    load: async () => (await import('./commands/logs.ts')).logs,
  },
  suspend: { summary: 'stop a run where it is', load: async () => (await import('./commands/suspend.ts')).suspend },
  resume: {
    summary: 'go on with runs that were suspended or cut off',
    load: async () => (await import('./commands/resume.ts')).resume,
  },
  cancel: { summary: 'end a run for good', load: async () => (await import('./commands/cancel.ts')).cancel },
  retry: { summary: 'settle a failed task anew', load: async () => (await import('./commands/retry.ts')).retry },
  settle: {
    summary: 'say how a mutation ended of which only you can know',
    load: async () => (await import('./commands/settle.ts')).settle,
  },
  fork: {
    summary: 'run a workflow again from one of its tasks on',
    load: async () => (await import('./commands/fork.ts')).fork,
  },
  up: { summary: 'keep the node running', load: async () => (await import('./commands/up.ts')).up },
  invite: {
    summary: 'let another machine become a peer of this node',
    load: async () => (await import('./commands/invite.ts')).invite,
  },
  join: { summary: 'become a peer by a link', load: async () => (await import('./commands/join.ts')).join },
  connect: {
    summary: 'show who is at an address, and stay connected',
    load: async () => (await import('./commands/connect.ts')).connect,
  },
  peers: {
    summary: 'list the peers, and let go of them',
    load: async () => (await import('./commands/peers.ts')).peers,
  },
  on: {
    summary: 'have a workflow run when something happens',
    load: async () => (await import('./commands/on.ts')).on,
  },
  off: {
    summary: 'let go of what starts a workflow',
    load: async () => (await import('./commands/on.ts')).off,
  },
  schedule: {
    summary: 'have a workflow run at times',
    load: async () => (await import('./commands/schedule.ts')).schedule,
  },
  schedules: {
    summary: 'list what is scheduled',
    load: async () => (await import('./commands/schedules.ts')).schedules,
  },
  unschedule: {
    summary: 'let go of a schedule',
    load: async () => (await import('./commands/schedules.ts')).unschedule,
  },
  equivocations: {
    summary: 'list tasks whose results contradict each other, and who signed them',
    load: async () => (await import('./commands/equivocations.ts')).equivocations,
  },
  effects: {
    summary: 'list and set what workflows may do to the world',
    load: async () => (await import('./commands/effects.ts')).effects,
  },
  config: {
    summary: 'explain every setting, and set it',
    load: async () => (await import('./commands/config.ts')).config,
  },
  doctor: {
    summary: 'look whether all is well',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  service: {
    summary: 'have the system keep the node running',
    load: async () => (await import('./commands/service.ts')).service,
  },
  show: {
    summary: 'show a workflow, task, receipt or run',
    load: async () => (await import('./commands/show.ts')).show,
  },
  rerun: {
    summary: 'run one task again and compare it with its receipt',
    load: async () => (await import('./commands/rerun.ts')).rerun,
  },
  put: { summary: 'store files and print their CIDs', load: async () => (await import('./commands/put.ts')).put },
  wit: {
    summary: 'print the functions of a Wasm file as WIT',
    load: async () => (await import('./commands/wit.ts')).wit,
  },
  new: { summary: 'make a function of your own', load: async () => (await import('./commands/new.ts')).make },
  publish: {
    summary: 'give a Wasm file a name of yours',
    load: async () => (await import('./commands/publish.ts')).publish,
  },
  add: {
    summary: "make someone's named function yours to call",
    load: async () => (await import('./commands/add.ts')).add,
  },
  names: {
    summary: 'list the names that were added',
    load: async () => (await import('./commands/names.ts')).names,
  },
  embed: {
    summary: 'write WIT types into a core module',
    load: async () => (await import('./commands/embed.ts')).embed,
  },
  types: {
    summary: 'write TypeScript bindings of a Wasm file',
    load: async () => (await import('./commands/types.ts')).types,
  },
  key: { summary: 'keep keys of your own', load: async () => (await import('./commands/key.ts')).key },
  secret: {
    summary: 'keep secrets that workflows may use',
    load: async () => (await import('./commands/secret.ts')).secret,
  },
  delegate: { summary: 'give someone authority', load: async () => (await import('./commands/delegate.ts')).delegate },
  revoke: { summary: 'take authority back', load: async () => (await import('./commands/revoke.ts')).revoke },
  inspect: {
    summary: 'explain tokens: who may do what, and why not',
    load: async () => (await import('./commands/inspect.ts')).inspect,
  },
  export: {
    summary: 'write a workflow with all it needs, or everything, to a file',
    load: async () => (await import('./commands/export.ts')).exportCommand,
  },
  import: {
    summary: 'bring in what export wrote, all of it verified',
    load: async () => (await import('./commands/import.ts')).importCommand,
  },
  gc: { summary: 'free space', load: async () => (await import('./commands/gc.ts')).gc },
  pin: { summary: 'keep a workflow and all it needs', load: async () => (await import('./commands/pin.ts')).pin },
  unpin: { summary: 'let gc take it again', load: async () => (await import('./commands/pin.ts')).unpin },
  get: { summary: 'write the content of a stored file', load: async () => (await import('./commands/get.ts')).get },
}

const help = `ipvm runs content-addressed Wasm functions and keeps signed receipts of what they gave.

Usage: ipvm COMMAND [options]

Commands:
${table(Object.entries(commands).map(([name, { summary }]) => [name, summary]))}

ipvm COMMAND --help tells more of one of them.
`

async function main([name, ...args]: readonly string[]): Promise<ExitCode> {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    process.stdout.write(help)
    return name === undefined ? exit.usage : exit.ok
  }
  if (name === '--version') {
    process.stdout.write(`${packageJson.version}\n`)
    return exit.ok
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!entry) {
    throw new Stop({ name: 'Usage', message: `"${name}" is not a command; known: ${Object.keys(commands).join(', ')}` })
  }
  const command = await entry.load()
  const { call, help: wanted } = parseCall(command, args)
  if (wanted) {
    process.stdout.write(commandHelp(name, command))
    return exit.ok
  }
  return command.run(call)
}

/** One sentence for people, one object for programs, the whole cause only where it was asked for. */
function report(thrown: unknown, args: readonly string[]): ExitCode {
  const { name, message, code } = reason(thrown)
  if (args.includes('--json')) print(JSON.stringify({ type: 'error', name, message }))
  say(`ipvm: ${message}`)
  if (args.includes('--debug')) console.error(thrown)
  return code
}

function reason(thrown: unknown): { readonly name: string; readonly message: string; readonly code: ExitCode } {
  if (thrown instanceof Stop) return thrown
  if (thrown instanceof Error && thrown.name.startsWith('Store')) {
    return { name: thrown.name, message: thrown.message, code: exit.fault }
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return { name: 'Fault', message: `an unexpected fault: ${message}; --debug shows where`, code: exit.fault }
}

const args = process.argv.slice(2)
const finish = watchOutput()
// What waits for a moment, such as the next attempt of a task, keeps no process alive by itself.
const alive = setInterval(() => {}, 2 ** 30)
process.exitCode = finish(await main(args).catch(thrown => report(thrown, args)))
clearInterval(alive)
