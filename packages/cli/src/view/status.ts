import type { CID, ValueMap } from '@ipvm/ipld'
import type { RunStatus, TaskStatus } from '@ipvm/runtime'
import type { PendingRequest, RunState } from '@ipvm/store'
import type { Call } from '../command.ts'
import { commandLine, taskCommandLine } from '../display/command-line.ts'
import { inSpan, span } from '../display/display.ts'
import type { AgentName } from '../load/agent-names.ts'
import { printable } from '../output.ts'

/**
 * What a status is shown with: the moment, in milliseconds since 1970, the call, for the commands that it names, and what
 * agents are called.
 */
export interface StatusContext {
  readonly now: number
  readonly call: Call
  readonly agentName: AgentName
}

/** A run's state in a few words, and what to type where it is a person's turn. */
export function conditionText({ run, condition, executor }: RunStatus, { call }: Pick<StatusContext, 'call'>): string {
  const resume = commandLine(['resume', run], call)
  switch (condition) {
    case 'queued':
      return `accepted; nobody runs this node's workflows now: ${resume}`
    case 'running':
      return `running (process ${executor})`
    case 'suspended':
      return `suspended; go on with: ${resume}`
    case 'cancelling':
      return 'being cancelled'
    case 'parked':
      return 'waits for you'
    case 'cut off':
      return `cut off; go on with: ${resume}`
    default:
      return condition
  }
}

/** The same, of a run of which no more is known than its head. */
export function stateText({ end, suspended, cancelling }: RunState): string {
  if (end !== undefined) return end
  if (suspended) return 'suspended'
  return cancelling ? 'being cancelled' : 'has not ended'
}

/** What was asked of a run and is not taken up yet. */
export function requestText({ request }: PendingRequest): string {
  const about = 'label' in request ? ` ${printable(request.label)}` : ''
  return `${request.type}${about} was asked for, and is taken up by whoever runs this node's workflows`
}

/** How many labels are told on one line. */
const labelsMax = 4

/** Labels in a sentence, the first of them where there are many. */
export function labelsText(labels: readonly string[]): string {
  const shown = labels.slice(0, labelsMax).map(printable)
  return labels.length > shown.length
    ? `${shown.join(', ')} and ${labels.length - shown.length} more`
    : shown.join(', ')
}

/** Where a task is, and why it does not go on; the commands that would let it are lines of their own. */
export function taskLines(run: CID, status: TaskStatus, context: StatusContext): readonly string[] {
  const { now, agentName } = context
  switch (status.state) {
    case 'settled':
      return [`${status.how}${byText(status, context)}, receipt ${status.receipt}`]
    case 'ready':
      return ['in line, or under way']
    case 'queued':
      return [`in line: ${printable(status.reason)}`]
    case 'running':
      return [`running${byText(status, context)}`]
    case 'asked':
      return [
        `asked for ${span(now - status.since)} ago (attempt ${status.attempt}); its answer is not written down yet`,
      ]
    case 'awaiting':
      return [`waits for ${labelsText(status.labels)}`]
    case 'waiting':
      return [`waits ${span(status.until - now)} more for the task ${status.target} of another workflow, then fails`]
    case 'away': {
      const { agent, until } = status
      return [`waits ${span(until - now)} more for ${agentName(agent)}, whose it is to do: ${causeText(status)}`]
    }
    case 'retrying': {
      const { attempt, due } = status
      return [`tried again ${inSpan(due - now)} (attempt ${attempt} failed: ${causeText(status)})`]
    }
    case 'held':
      return [`goes once ${labelsText(status.labels)} went well`]
    case 'standby':
      return ['runs only when it is called upon']
    case 'unknown':
      return unknownLines(run, status, context)
  }
}

/** Whose it was to do, where that is another agent. */
function byText({ task: { agent } }: TaskStatus, { agentName }: Pick<StatusContext, 'agentName'>): string {
  return agent === undefined ? '' : ` by ${agentName(agent)}`
}

/** Why it is so; of what comes of a secret, nothing is told. */
function causeText({ cause, task }: Extract<TaskStatus, { readonly state: 'away' | 'retrying' | 'unknown' }>): string {
  return task.secret ? 'what it says comes of a secret' : printable(cause.message)
}

/** It may have happened or not, and only a person can find out. */
function unknownLines(
  run: CID,
  status: Extract<TaskStatus, { readonly state: 'unknown' }>,
  { call }: StatusContext,
): readonly string[] {
  const about = { run, label: status.label }
  return [
    `may have happened or not: ${causeText(status)}`,
    `it did:      ${taskCommandLine('settle', about, ['--ok', 'null'], call)}`,
    `it did not:  ${taskCommandLine('retry', about, [], call)}`,
    `leave it:    ${taskCommandLine('settle', about, ['--error', 'given up'], call)}`,
  ]
}

/** Of a run that is over: the mutations that may have happened, of which nobody will say any more how they ended. */
export function doubtLines(tasks: readonly TaskStatus[]): readonly string[] {
  const doubtful = tasks.filter(({ state }) => state === 'unknown' || state === 'asked')
  if (doubtful.length === 0) return []
  return [`${labelsText(doubtful.map(({ label }) => label))} may have happened or not; look before you do it again`]
}

/** A task's status for programs. */
export function statusValue({ task: { secret, agent }, ...status }: TaskStatus): ValueMap {
  const { label, state } = status
  const by = agent === undefined ? {} : { agent }
  switch (status.state) {
    case 'settled':
      return { label, state, how: status.how, receipt: status.receipt.toString(), ...by }
    case 'waiting':
      return { label, state, target: status.target.toString(), until: status.until }
    case 'away':
    case 'retrying':
    case 'unknown':
      return { ...status, cause: secret ? { name: status.cause.name } : { ...status.cause } }
    default:
      return { ...status }
  }
}

/** What a person wants to see first. */
const urgency: readonly TaskStatus['state'][] = [
  'unknown',
  'retrying',
  'away',
  'waiting',
  'asked',
  'running',
  'queued',
  'ready',
  'held',
  'awaiting',
  'standby',
  'settled',
]

/** The unsettled tasks of a run, the most telling first, and how many there are that are not among them. */
export function openTasks(
  { tasks }: RunStatus,
  countMax: number,
): { readonly shown: readonly TaskStatus[]; readonly more: string } {
  const open = tasks.filter(({ state }) => state !== 'settled')
  const byState = Map.groupBy(open, ({ state }) => state)
  const shown = urgency.flatMap(state => byState.get(state) ?? []).slice(0, countMax)
  const hidden = Map.groupBy(
    open.filter(status => !shown.includes(status)),
    ({ state }) => state,
  )
  return { shown, more: [...hidden].map(([state, some]) => `${some.length} ${state}`).join(', ') }
}
