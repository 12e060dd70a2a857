// What ipvm gives to its guests, said again for jco in its own words: a function each, and classes for resources.
import { RandomStream } from '../../packages/wasm/src/host/random.ts'

class Pollable {
  readonly isReady = true
}

class InputStream {
  blockingRead(): never {
    // As jco wants it: the payload of the error.
    throw Object.assign(new Error('closed'), { payload: { tag: 'closed' } })
  }
}

class OutputStream {
  readonly isLog = true

  checkWrite(): bigint {
    return this.isLog ? 1024n * 1024n : 0n
  }

  blockingWriteAndFlush(): void {}
}

/** Everything that the guests of the differential test import and call. */
export function importsOf(seed: Uint8Array): object {
  const random = new RandomStream(seed, 'wasi:random/random')
  const insecure = new RandomStream(seed, 'wasi:random/insecure')
  const hashing = new RandomStream(seed, 'wasi:random/insecure-seed')
  return completed({
    'wasi:logging/logging': { log: () => undefined },
    'homestar:host/helpers': {
      getCurrentTime: () => ({ seconds: 0n, milliseconds: 0, nanoseconds: 0 }),
      print: () => undefined,
    },
    'wasi:random/random': {
      getRandomBytes: (length: bigint) => random.take(Number(length)),
      getRandomU64: () => random.takeU64(),
    },
    'wasi:random/insecure': { getInsecureRandomU64: () => insecure.takeU64() },
    'wasi:random/insecure-seed': { insecureSeed: () => [hashing.takeU64(), hashing.takeU64()] },
    'wasi:clocks/monotonic-clock': { now: () => 0n, subscribeDuration: () => new Pollable() },
    'wasi:clocks/wall-clock': { now: () => ({ seconds: 0n, nanoseconds: 0 }) },
    'wasi:io/poll': { Pollable, poll: (list: readonly Pollable[]) => Uint32Array.from(list.keys()) },
    'wasi:io/streams': { InputStream, OutputStream },
    'wasi:cli/environment': { getEnvironment: () => [], getArguments: () => [], initialCwd: () => undefined },
    'wasi:cli/stdin': { getStdin: () => new InputStream() },
    'wasi:cli/stdout': { getStdout: () => new OutputStream() },
    'wasi:cli/stderr': { getStderr: () => new OutputStream() },
    'wasi:cli/terminal-stdout': { getTerminalStdout: () => undefined },
    'wasi:filesystem/preopens': { getDirectories: () => [] },
  })
}

/** What is not there is a class that nobody uses: of many imports only few are called. */
function completed(given: Readonly<Record<string, object>>): object {
  const filled = (from: object): object =>
    new Proxy(from, { get: (target, name) => Reflect.get(target, name) ?? nothing })
  const nothing: object = filled(class {})
  return filled(Object.fromEntries(Object.entries(given).map(([name, members]) => [name, filled(members)])))
}
