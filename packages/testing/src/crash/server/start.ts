import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Arrival } from './arrival.ts'

/** A counting server in a process of its own. */
export interface RunningServer {
  /** `http://127.0.0.1:…`, without a slash at the end. */
  readonly url: string
  /** What came under the ids that begin so, in its order. */
  log(prefix: string): Promise<readonly Arrival[]>
  stop(): Promise<void>
}

/** Starts a counting server on a port of its own. */
export async function startServer(): Promise<RunningServer> {
  const path = fileURLToPath(new URL('main.ts', import.meta.url))
  const child = spawn(process.execPath, [path], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [port] = await once(createInterface(child.stdout), 'line')
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    log: async prefix => {
      const response = await fetch(`${url}/log/${prefix}`)
      const arrivals: readonly Arrival[] = JSON.parse(await response.text())
      return arrivals
    },
    stop: async () => {
      child.stdin.end()
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}
