import { afterAll, expect, test } from 'vitest'
import { exampleFolder } from '../example.test-fixture.ts'

const at = exampleFolder('booking', 'http://127.0.0.1:8377')
afterAll(at.remove)
const timeout = 60_000

/** What the agency has to say. */
interface Log {
  readonly log: readonly { readonly what: string; readonly key: string; readonly done: boolean }[]
  readonly bookings: readonly string[]
}

/** A fresh agency in a process of its own, and a node that may book there. */
async function opened(name: string, milliseconds = 0) {
  const { url } = await at.server('agency.ts', '0', String(milliseconds))
  const told = async (): Promise<Log> => JSON.parse(await (await fetch(`${url}/log`)).text())
  return { url, told, ...at.node(name, url) }
}

const trip = 'examples/booking/trip.ts'
const did = ({ log }: Log) => log.filter(({ done }) => done).map(({ what }) => what)

test('a trip that can be paid is booked', { timeout }, async () => {
  const { url, told, ipvm } = await opened('paid')
  const { code, err } = await ipvm('run', trip, 'Ann', '900', url)
  expect({ code, err }).toMatchObject({ code: 0 })
  expect(did(await told())).toEqual(['PUT /flights/Ann', 'PUT /hotels/Ann', 'POST /payments/Ann'])
})

test('where the card is declined, what was booked is cancelled, the last first', { timeout }, async () => {
  const { url, told, ipvm } = await opened('declined')
  const { code, err } = await ipvm('run', trip, 'Ann', '1900', url)
  expect(code).toBe(1)
  expect(err).toMatch(/payment failed: .*402/)
  const log = await told()
  expect(did(log)).toEqual(['PUT /flights/Ann', 'PUT /hotels/Ann', 'DELETE /hotels/Ann', 'DELETE /flights/Ann'])
  expect(log.bookings).toEqual([])
  const drawn = await ipvm('show', 'last', '--timeline')
  expect(drawn.out).toMatch(/payment .*failed.*\n {2}cancel hotel .*undoes hotel\n {2}cancel flight .*undoes flight\n/)
})

test.each([1, 2, 3, 4, 5])(
  'killed as request %d is under way, it ends as it would have, and does nothing twice',
  { timeout },
  async number => {
    const { url, told, start, ipvm } = await opened(`killed-${number}`, 300)
    const running = start('run', trip, 'Ann', '1900', url)
    await expect.poll(async () => (await told()).log.length, { interval: 10 }).toBe(number)
    running.child.kill('SIGKILL')
    await running.done
    expect((await ipvm('ps')).out).toContain('cut off; go on with: ipvm resume')

    expect((await ipvm('resume')).code).toBe(1)
    const log = await told()
    expect(did(log)).toEqual(['PUT /flights/Ann', 'PUT /hotels/Ann', 'DELETE /hotels/Ann', 'DELETE /flights/Ann'])
    // What was under way came once more, under the same key.
    expect(log.log.length).toBe(6)
    expect(new Set(log.log.map(({ key }) => key)).size).toBe(5)
    expect(log.bookings).toEqual([])
  },
)
