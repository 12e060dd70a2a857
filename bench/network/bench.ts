import { parseArgs } from 'node:util'
import { machine, table } from '../measure.ts'
import type { Figure } from '../wasm/figure.ts'
import { blockFigures } from './blocks.ts'
import { gossipFigures } from './gossip.ts'
import { islandFigures } from './islands.ts'
import { streamFigures } from './stream.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    minutes: { type: 'string', default: '10' },
  },
})
const rounds = Number(values.rounds)
const isWanted = (section: string) => values.only === undefined || values.only === section
const figures: Figure[] = []
console.log(`${machine()}, ${rounds} rounds, medians\n`)
if (isWanted('stream')) figures.push(...(await streamFigures(rounds, 10_000)))
if (isWanted('blocks')) figures.push(...(await blockFigures(rounds, 3)))
if (isWanted('gossip')) figures.push(...(await gossipFigures(rounds, 10)))
if (isWanted('islands')) figures.push(...(await islandFigures(rounds)))
const rows = figures.map(({ what, asked, measured, reached }) => [what, asked, measured, reached ? 'yes' : 'NO'])
console.log(table(['', 'asked', 'measured', 'reached'], 3, rows))
console.log('')
for (const { what, note } of figures) if (note !== undefined) console.log(`- ${what}: ${note}`)
