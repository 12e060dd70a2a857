// Installs what is missing, and costs one small file comparison when nothing is. Plain JavaScript for Node 18 and
// newer, since it runs before anything is installed.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const lock = readFileSync(join(root, 'package-lock.json'), 'utf8')
const stamp = join(root, 'node_modules', '.ipvm-setup')

if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) process.exit(0)

console.error('Setting up (once): npm ci …')
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
const run = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
  cwd: root,
  stdio: ['ignore', 'ignore', 'inherit'],
  shell: process.platform === 'win32',
})
if (run.status !== 0) {
  console.error('Set-up failed: `npm ci` did not finish. Run it by hand in this folder to see the whole output.')
  process.exit(1)
}
writeFileSync(stamp, lock)
