// Runs the built guest as anybody will: `npm test` builds it first.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const home = mkdtempSync(join(tmpdir(), 'guest-'))
after(() => rmSync(home, { recursive: true }))
const windows = process.platform === 'win32'

function run(...words) {
  const args = ['run', '__name__.wasm', ...words, '--home', home]
  const options = { cwd: import.meta.dirname, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], shell: windows }
  return execFileSync('ipvm', args, options).trimEnd()
}

test('greets by name', () => {
  assert.equal(run('greet', 'World'), 'Hello, World!')
  assert.equal(run('greet', 'Zoë'), 'Hello, Zoë!')
})
