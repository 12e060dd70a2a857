import { cidKey, type CID } from '@ipvm/ipld'
import type { ObservedRun, Observer, RunEvent, RuntimeSample, SettledTask } from '@ipvm/runtime'
import type { PlacedTask } from '@ipvm/workflow'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

/** Seconds: from what a memo answers in, to what the longest tasks take. */
const taskBuckets = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300]

/** Seconds: from a quick disk to one that is in trouble. */
const commitBuckets = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5]

/** Counts what a runtime does, for Prometheus. Labels are of closed sets, and of the commands that this node has. */
export class Metrics implements Observer {
  readonly #registry = new Registry()
  readonly #tasks = new Map<string, Map<string, PlacedTask>>()
  readonly #settled = this.#counter(
    'ipvm_tasks_settled',
    'Tasks that were settled, by what they do to the world and how.',
    ['class', 'how'],
  )
  readonly #seconds = this.#histogram(
    'ipvm_task_duration_seconds',
    'How long tasks took that ran, by command.',
    taskBuckets,
    ['cmd'],
  )
  readonly #gas = this.#counter('ipvm_gas', 'Gas that guests used.')
  readonly #reused = this.#counter('ipvm_memo_hits', 'Tasks whose result was known and was reused.')
  readonly #retries = this.#counter('ipvm_task_retries', 'Attempts that failed and are made again, by command.', [
    'cmd',
  ])
  readonly #unknown = this.#counter(
    'ipvm_mutations_unknown',
    'Mutations of which it is not known whether they happened; a person says.',
  )
  readonly #runs = this.#counter('ipvm_runs_ended', 'Runs that ended, by how.', ['end'])
  readonly #commits = this.#histogram(
    'ipvm_commit_duration_seconds',
    'How long a change took until it was durable.',
    commitBuckets,
  )

  /** `sample` tells what the runtime has in hand; it is asked when someone reads the metrics. */
  constructor(sample: () => RuntimeSample) {
    const gauge = (
      name: string,
      help: string,
      set: (gauge: Gauge, sample: RuntimeSample) => void,
      labels: readonly string[] = [],
    ) => {
      new Gauge({
        name,
        help,
        labelNames: [...labels],
        registers: [this.#registry],
        collect() {
          set(this, sample())
        },
      })
    }
    const byCommand =
      (key: 'queued' | 'running') =>
      (into: Gauge, { commands }: RuntimeSample) => {
        for (const [cmd, counts] of Object.entries(commands)) into.set({ cmd }, counts[key])
      }
    collectDefaultMetrics({ register: this.#registry })
    gauge('ipvm_tasks_queued', 'Tasks that are ready and wait for a place, by command.', byCommand('queued'), ['cmd'])
    gauge('ipvm_tasks_running', 'Tasks under way, by command.', byCommand('running'), ['cmd'])
    gauge('ipvm_runs_running', 'Runs that are open and go on here.', (into, { runs }) => into.set(runs.running))
    gauge('ipvm_runs_queued', 'Runs that were accepted and wait in line.', (into, { runs }) => into.set(runs.queued))
    gauge('ipvm_commits_held', 'Changes that wait for room on the disk.', (into, { heldCommits }) =>
      into.set(heldCommits),
    )
  }

  /** The media type of {@link text}. */
  get contentType(): string {
    return this.#registry.contentType
  }

  /** All metrics, as Prometheus reads them. */
  text(): Promise<string> {
    return this.#registry.metrics()
  }

  opened({ state, layout }: ObservedRun): void {
    this.#tasks.set(cidKey(state.run), new Map(layout.tasks.map(task => [task.label, task])))
  }

  spawned(run: CID, tasks: readonly PlacedTask[]): void {
    for (const task of tasks) this.#tasks.get(cidKey(run))?.set(task.label, task)
  }

  closed(run: CID): void {
    this.#tasks.delete(cidKey(run))
  }

  committed(milliseconds: number): void {
    this.#commits.observe(milliseconds / 1000)
  }

  event(event: RunEvent): void {
    switch (event.type) {
      case 'settled':
        this.#countSettled(event, this.#taskOf(event.run, event.label))
        break
      case 'retrying':
        this.#retries.inc({ cmd: this.#taskOf(event.run, event.label)?.task.cmd ?? '' })
        break
      case 'unknown':
        this.#unknown.inc()
        break
      case 'ended':
        this.#runs.inc({ end: event.end })
        break
      default:
    }
  }

  #taskOf(run: CID, label: string): PlacedTask | undefined {
    return this.#tasks.get(cidKey(run))?.get(label)
  }

  #countSettled({ how, milliseconds, report }: SettledTask, task: PlacedTask | undefined): void {
    if (!task) return
    this.#settled.inc({ class: task.class, how })
    if (how === 'reused') this.#reused.inc()
    else if (report) this.#gas.inc(report.used.gas)
    if (how === 'ran' || how === 'failed') this.#seconds.observe({ cmd: task.task.cmd }, milliseconds / 1000)
  }

  #counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    return new Counter({ name: `${name}_total`, help, labelNames: [...labelNames], registers: [this.#registry] })
  }

  #histogram(name: string, help: string, buckets: readonly number[], labelNames: readonly string[] = []): Histogram {
    return new Histogram({
      name,
      help,
      buckets: [...buckets],
      labelNames: [...labelNames],
      registers: [this.#registry],
    })
  }
}
