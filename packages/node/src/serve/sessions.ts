import type { ServerHttp2Session } from 'node:http2'
import { controlFramesMax, sessionIdleMilliseconds } from '../limits.ts'

/** How long {@link controlFramesMax} is counted for, milliseconds. */
const windowMilliseconds = 10_000

/**
 * Keeps the connections of HTTP/2 within limits that Node leaves open: those without a request under way are ended, and so
 * are those that keep the node busy with pings and changes of settings. Requests that are called off at once are limited by
 * nghttp2 (`streamResetBurst`), and what a connection keeps in memory by Node (`maxSessionMemory`).
 */
export class Sessions {
  readonly #open = new Set<ServerHttp2Session>()

  add(session: ServerHttp2Session): void {
    this.#open.add(session)
    session.on('close', () => this.#open.delete(session))
    session.on('error', () => session.destroy())
    const count = flood(() => session.destroy())
    session.on('ping', count)
    session.on('remoteSettings', count)
    let streams = 0
    session.setTimeout(sessionIdleMilliseconds)
    session.on('timeout', () => {
      if (streams === 0) session.close()
    })
    session.on('stream', stream => {
      streams += 1
      stream.on('close', () => {
        streams -= 1
      })
    })
  }

  /** Tells every connection that no further request is taken on it (GOAWAY); each ends with its last one. */
  end(): void {
    for (const session of this.#open) session.close()
  }

  destroy(): void {
    for (const session of this.#open) session.destroy()
  }
}

/** Counts, and calls back where there were too many within a while. */
function flood(tooMany: () => void): () => void {
  let [since, count] = [performance.now(), 0]
  return () => {
    const now = performance.now()
    if (now - since > windowMilliseconds) [since, count] = [now, 0]
    count += 1
    if (count > controlFramesMax) tooMany()
  }
}
