// Installs what is missing, and costs one small file comparison when nothing is. Plain JavaScript for Node 18 and
// newer, since it runs before anything is installed.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const lock = readFileSync(join(root, 'package-lock.json'), 'utf8')
const stamp = join(root, 'node_modules', '.ipvm-setup')
const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
const oldestForTools = 22

if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) process.exit(0)

console.error('Setting up (once): npm ci …')
if (Number(process.versions.node.split('.')[0]) >= oldestForTools) install(process.execPath)
else withPinnedNode(install)
writeFileSync(stamp, lock)

function install(node) {
  npm(node, ['ci', ...quiet], root)
}

// Under an older Node npm leaves out native parts of tools that would not run there, though they will run on the Node
// that is installed with them. So that Node comes first, to a place of its own, and runs npm.
function withPinnedNode(work) {
  const { version } = JSON.parse(lock).packages['node_modules/node']
  const folder = mkdtempSync(join(tmpdir(), 'ipvm-node-'))
  try {
    npm(process.execPath, ['install', '--prefix', folder, ...quiet, `node@${version}`], folder)
    work(join(folder, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function npm(node, args, cwd) {
  const path = `${dirname(node)}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}`
  const options = { cwd, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, PATH: path } }
  // Under npm its own script is known; else it is on the path.
  const script = process.env.npm_execpath
  const run = script?.endsWith('.js')
    ? spawnSync(node, [script, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' })
  if (run.status === 0) return
  console.error(`Set-up failed: \`npm ${args[0]}\` did not finish. Run it by hand in ${cwd} to see its whole output.`)
  process.exit(1)
}
