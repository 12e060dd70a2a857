import { defineConfig } from 'vitest/config'

const conditions = ['@ipvm/source']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'guests/**/*.test.ts', 'examples/**/*.test.ts', '*.test.ts'],
    testTimeout: 30_000,
    execArgv: ['--conditions=@ipvm/source'],
  },
})
