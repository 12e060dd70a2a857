import { readFile } from 'node:fs/promises'
import { workflow } from '@ipvm/workflow'

/**
 * Keeps the forecast of a provider, or of a second one where the first has none: `ipvm run forecast.ts`.
 *
 * @param first where it is asked for
 * @param second where it is asked for if the first does not answer
 * @param built the function that says what to do, as it was built
 */
export default async function forecast(
  first = 'http://127.0.0.1:8378/first',
  second = 'http://127.0.0.1:8378/second',
  built?: string,
) {
  const mod = await readFile(built ?? new URL('remedy.wasm', import.meta.url)).catch(() => {
    throw new Error('remedy.ts is not built; run: npx ipvm build examples/fallback/remedy.ts')
  })
  const retry = { max: 3, backoff: [100, 'milliseconds'] } as const
  return workflow(
    'forecast',
    ({ task }) => {
      const sky = task(
        'first',
        { cmd: '/http/get', args: { url: first, as: 'json', give: 'body' } },
        { config: { retry } },
      )
      const other = { url: second, as: 'json', give: 'body' }
      task('second', { cmd: '/http/get', args: other }, { standby: true, config: { retry } })
      task('keep', { cmd: '/kv/put', args: { key: 'forecast', value: sky } })
    },
    { catch: { mod, fun: 'remedy' } },
  )
}
