// What `ipvm build` and `ipvm dev` cost: a file of ten lines, built by the command (check, types, bundle, component, all of a
// process's life) against the bare tool given the finished JavaScript and WIT (a process, too); and the time from a save to
// the result of `ipvm dev`. Rounds are interleaved; the best of each counts, since what is slower is the machine's other work.
// The bounds: a build in twice the bare tool's time and in 3 s, a save to its result in 1.5 s.
// Run it: npm run bench:build [-- --rounds 5]
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { findPackage } from '@ipvm/author/build'
import { machine, row, timed, timedSync } from './measure.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } })
const rounds = Number(values.rounds)
const folder = mkdtempSync(join(tmpdir(), 'ipvm-bench-build-'))
const main = join(import.meta.dirname, '..', 'packages', 'cli', 'src', 'main.ts')
const tool = findPackage('componentize-qjs', import.meta.dirname)
if (tool === undefined) throw new Error('componentize-qjs is not installed; npm ci')

/** Ten lines; each save of `ipvm dev` changes the number. */
function source(number: number): string {
  return `interface Point {
  x: number
  y: number
}

/** Moves a point. */
export function move(point: Point, by: number): Point {
  const step = by + ${number}
  return { x: point.x + step, y: point.y + step }
}
`
}

const bare = `import { componentize } from ${JSON.stringify(tool)}
import { writeFileSync } from 'node:fs'
const { component } = await componentize({ witPath: 'bare.wit', jsSource: 'export const move = (p, by) => ({ x: p.x + by, y: p.y + by })', stubWasi: true, sync: true })
writeFileSync('bare.wasm', component)
`

function run(...args: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${args.join(' ')} failed: ${stderr}`)
}

/** The times from a save to the result of `ipvm dev`, each of a process that has built once. */
async function savesToResults(count: number): Promise<number[]> {
  const dev = spawn(process.execPath, [main, 'dev', 'move.ts', 'move', '{"x": 1, "y": 2}', '3'], { cwd: folder })
  let text = ''
  let wake = () => {}
  for (const stream of [dev.stdout, dev.stderr]) {
    stream.on('data', chunk => {
      text += chunk
      wake()
    })
  }
  const said = async (words: string) => {
    while (!text.includes(words)) await new Promise<void>(resolve => (wake = resolve))
    text = text.slice(text.indexOf(words) + words.length)
  }
  await said('Waiting for a save')
  const times: number[] = []
  for (let number = 1; number <= count; number++) {
    const time = timed(async () => {
      writeFileSync(join(folder, 'move.ts'), source(number))
      await said('result')
    })
    times.push(await time)
    await said('Waiting for a save')
  }
  dev.kill('SIGINT')
  return times
}

try {
  writeFileSync(join(folder, 'move.ts'), source(0))
  writeFileSync(join(folder, 'bare.mjs'), bare)
  const world = 'record point { x: f64, y: f64 } export move: func(point: point, by: f64) -> point;'
  writeFileSync(join(folder, 'bare.wit'), `package a:b;\nworld w { ${world} }`)
  const [ours, theirs]: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    theirs.push(timedSync(() => run('bare.mjs')))
    ours.push(timedSync(() => run(main, 'build', 'move.ts')))
  }
  const saves = await savesToResults(rounds)
  const [build, peer, save] = [ours, theirs, saves].map(times => Math.min(...times))
  const seconds = (ms = Number.NaN) => `${(ms / 1000).toFixed(2)} s`
  console.log(`${machine()}, best of ${rounds}\n`)
  console.log(row(['', 'time', 'bound', 'ratio to the bare tool', 'bound']))
  console.log(row(['---', '---:', '---:', '---:', '---:']))
  console.log(row(['componentize-qjs, bare', seconds(peer), '', '1.00', '']))
  console.log(row(['ipvm build', seconds(build), '3 s', ((build ?? 0) / (peer ?? 1)).toFixed(2), '2']))
  console.log(row(['ipvm dev, save to result', seconds(save), '1.5 s', ((save ?? 0) / (peer ?? 1)).toFixed(2), '']))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
