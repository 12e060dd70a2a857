import { mkdirSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { median, timed } from '../measure.ts'
import type { Figure } from '../wasm/figure.ts'
import { type RunningEngine, startEngine } from './engine.ts'
import { fillStore } from './fill.ts'

const start = (folder: string) => startEngine('ours.engine.ts', folder)

/** The value of a figure that an engine gave. */
async function ask(engine: RunningEngine, name: string, amount: number): Promise<(figure: string) => number> {
  const figures = await engine.extra(name, amount)
  return figure => figures[figure] ?? Number.NaN
}

function figure(what: string, measured: number, asked: number, unit: string, note?: string): Figure {
  const isRate = unit.endsWith('/s')
  const text = measured >= 100 ? measured.toFixed(0) : measured.toPrecision(2)
  const reached = isRate ? measured >= asked : measured <= asked
  return {
    what,
    asked: `${isRate ? '≥' : '≤'} ${asked}${unit}`,
    measured: `${text}${unit}`,
    reached,
    ...(note && { note }),
  }
}

/** Our node by itself: rates, steps, sizes. Medians of the rounds, the contended ones included. */
export async function ownFigures(folder: string, rounds: number): Promise<Figure[]> {
  mkdirSync(folder, { recursive: true })
  // The first start of all compiles; what is measured is every other.
  await (await start(join(folder, 'first'))).close()
  const engine = await start(join(folder, 'own'))
  const all: Record<string, number[]> = {}
  const note = (name: string, value: number) => {
    const list = all[name] ?? []
    list.push(value)
    all[name] = list
  }
  const memory = engine.memory()
  try {
    await engine.run('mixed', 100)
    for (let round = 0; round < rounds; round++) {
      const steps = await ask(engine, 'steps', 100)
      for (const name of ['milliseconds', 'commits', 'p50', 'p99']) note(name, steps(name))
      note('append', await append(join(folder, `appends-${round}`), 100))
      note('fan', await engine.run('fan', 1000))
      const small = await ask(engine, 'twice', 100)
      const large = await ask(engine, 'twice', 10_000)
      note('mixed', large('cold'))
      note('known', large('known'))
      note('growth', large('cold') / 10_000 / (small('cold') / 100))
      note('ones', await engine.run('ones', 1000, 1_000_000 + round * 1000))
    }
  } finally {
    await engine.close()
  }
  const of = (name: string) => median(all[name] ?? [])
  return [
    figure('fan of 1,000, ms', of('fan'), 300, ''),
    figure('fan of 1,000, cold tasks', 1e6 / of('fan'), 3300, '/s'),
    figure('mixed graph of 10,000, cold tasks', 1e7 / of('mixed'), 3300, '/s'),
    figure('the same again, memo hits', 1e7 / of('known'), 20_000, '/s'),
    figure('one-task workflows at 32', 1e6 / of('ones'), 2000, '/s'),
    figure('a task among 10,000, of one among 100', of('growth'), 1.2, ' ×'),
    figure('chain, commits a step', of('commits'), 2, ''),
    figure('chain, own time a step, p50', of('p50'), 0.5, ' ms', stepNote(of('milliseconds'), of('append'))),
    figure('chain, own time a step, p99', of('p99'), 10, ' ms', 'a commit that fell into the step counts'),
    figure(
      'start to first result',
      engine.firstResult / 1000,
      0.7,
      ' s',
      'sources as they are, compiled before; an empty folder',
    ),
    figure('memory of an idle node', memory, 120, ' MiB', 'proportional set size, after its first task'),
  ]
}

function stepNote(milliseconds: number, append: number): string {
  return `${(milliseconds / 100).toFixed(2)} ms a step in all; a durable append took ${append.toFixed(2)} ms`
}

/** What a durable append to a file takes, milliseconds. */
async function append(path: string, count: number): Promise<number> {
  const file = await open(path, 'a')
  const milliseconds = await timed(async () => {
    for (let i = 0; i < count; i++) {
      await file.write(new Uint8Array(700))
      await file.datasync()
    }
  })
  await file.close()
  return milliseconds / count
}

/** A store with many finished workflows beside an empty one, by turns. */
export async function fullStore(folder: string, rounds: number, workflows: number): Promise<Figure[]> {
  const [full, empty] = [join(folder, 'full'), join(folder, 'empty')]
  process.stderr.write(`${workflows} workflows are stored\n`)
  await fillStore(full, workflows)
  const ratios: Record<'start' | 'ones', number[]> = { start: [], ones: [] }
  for (let round = 0; round < rounds; round++) {
    const times = { start: [] as number[], ones: [] as number[] }
    for (const place of [full, empty]) {
      const engine = await start(place)
      times.start.push(engine.firstResult)
      await engine.run('ones', 200, 2_000_000 + round * 2000)
      times.ones.push(await engine.run('ones', 1000, 2_000_500 + round * 2000))
      await engine.close()
    }
    for (const name of ['start', 'ones'] as const) {
      const [large = 0, small = 1] = times[name]
      ratios[name].push(large / small)
    }
  }
  const what = `with ${workflows.toLocaleString('en')} finished workflows, of an empty store`
  return [
    figure(`start ${what}`, median(ratios.start), 1.3, ' ×'),
    figure(`one-task workflows ${what}`, median(ratios.ones), 1.3, ' ×'),
  ]
}

/** Many tasks through one process: its memory in the last fifth of them, of that in the second, when it is warm. */
export async function manyTasks(folder: string, tasks: number): Promise<Figure[]> {
  const engine = await start(join(folder, 'many'))
  const width = 5000
  const sizes: number[] = []
  try {
    for (let done = 0; done < tasks; done += width) {
      await engine.run('fan', width)
      sizes.push((await ask(engine, 'memory', 0))('rss'))
      process.stderr.write(`${done + width} tasks, ${sizes.at(-1)?.toFixed(0)} MiB\n`)
    }
  } finally {
    await engine.close()
  }
  const fifth = Math.ceil(sizes.length / 5)
  const warm = Math.max(...sizes.slice(fifth, 2 * fifth))
  const last = Math.max(...sizes.slice(-fifth))
  const note = `at most ${warm.toFixed(0)} MiB in the second fifth, ${last.toFixed(0)} in the last`
  return [
    figure(`memory over ${tasks.toLocaleString('en')} tasks, last fifth of the second`, last / warm, 1.1, ' ×', note),
  ]
}
