import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'guests/**/*.test.ts',
      'examples/**/*.test.ts',
      'vectors/**/*.test.ts',
      '*.test.ts',
    ],
    // Most of them wait for processes and sockets.
    maxWorkers: availableParallelism() + 1,
    // What hangs is found all the same; a machine that does much else fails no test.
    testTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    // Hundreds of processes load the same modules: half of what they cost is reading TypeScript, which Node keeps here.
    env: { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(tmpdir(), 'node-compile-cache') },
  },
})
