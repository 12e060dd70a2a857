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
    testTimeout: 30_000,
  },
})
