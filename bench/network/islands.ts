// Two nodes that were apart: a hundred thousand receipts in common, and a hundred on each side that the other has not.
import { createServer, connect, type AddressInfo, type Server } from 'node:net'
import { median } from '../measure.ts'
import type { Figure } from '../wasm/figure.ts'
import { limitFigure, round } from './figures.ts'
import type { Ours } from './ours.program.ts'
import { endAll, startProgram } from './program.ts'

const [common, own] = [100_000, 100]

/** A way to a port that counts what goes over it, in both directions. */
class Meter {
  bytes = 0
  readonly #server: Server

  constructor(port: number) {
    this.#server = createServer(inside => {
      const outside = connect(port, '127.0.0.1')
      for (const [from, to] of [
        [inside, outside],
        [outside, inside],
      ] as const) {
        from.on('error', () => to.destroy())
        from.on('data', part => {
          this.bytes += part.length
          to.write(part)
        })
        from.on('close', () => to.destroy())
      }
    })
  }

  async open(): Promise<number> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    return (this.#server.address() as AddressInfo).port
  }

  close(): void {
    this.#server.close()
  }
}

/** Over HTTP: the bytes of all messages, and of all that went over the wire; the time, and the memory of a set. */
export async function islandFigures(rounds: number): Promise<readonly Figure[]> {
  const [there, here] = [
    await startProgram<Ours>('ours.program.ts', ['http']),
    await startProgram<Ours>('ours.program.ts', ['http']),
  ]
  const address = new URL(await there.ask('address', undefined))
  const meter = new Meter(Number(address.port))
  try {
    await here.ask('connect', `http://127.0.0.1:${await meter.open()}/`)
    const [wire, times, sizes, sets] = [[] as number[], [] as number[], [] as number[], [] as number[]]
    let rounded = 0
    for (let n = 0; n < rounds; n++) {
      await there.ask('fill', { common, own, name: `theirs ${n}` })
      sets.push(await here.ask('fill', { common, own, name: `mine ${n}` }))
      const before = meter.bytes
      const { need, have, bytes, rounds: talks, milliseconds } = await here.ask('reconcile', undefined)
      if (need !== own || have !== own) throw new Error(`${need} and ${have} differences were found, not ${own}`)
      wire.push(meter.bytes - before)
      times.push(milliseconds)
      sizes.push(bytes)
      rounded = talks
    }
    const note =
      `${round(median(sizes) / 1024)} KiB of messages in ${rounded} round trips, ${round(median(times))} ms; what went over ` +
      `the wire counts, with the heads of HTTP; a set takes ${round(median(sets))} MiB of memory`
    return [
      limitFigure(`two islands, ${common.toLocaleString('en')} in common and ${own} of each, bytes`, {
        ...{ asked: '< 160', measured: median(wire) / 1024, unit: 'KiB', note },
      }),
    ]
  } finally {
    meter.close()
    await endAll([there, here])
  }
}
