// Builds the function in each language, or in those that are named: `npm run build:functions -- c rust`. The built core
// modules are committed; the component of the TypeScript is not, since QuickJS is in it and every build is another.
import { spawnSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'

const target = 'wasm32-unknown-unknown'
const clangFlags = ['--target=wasm32', '-std=c11', '-O2', '-ffreestanding', '-nostdlib', '-Wall', '-Wextra', '-Werror']
const ascFlags = ['--optimize', '--runtime', 'stub', '--use', 'abort=assembly/guest/stop']

const builds = {
  typescript: [['ipvm', 'build', 'shift.ts', '-o', 'shift.wasm']],
  assemblyscript: [['asc', 'assembly/shift.ts', ...ascFlags, '--outFile', 'shift.wasm']],
  rust: [['cargo', 'build', '--quiet', '--release', '--target', target]],
  c: [['clang', ...clangFlags, '-Wl,--no-entry,--strip-all', '-o', 'shift.wasm', 'shift.c']],
}

// What Debian's Rust comes without.
if (run('.', ['rustc', '--print', 'sysroot'], 'pipe').stdout?.trim() === '/usr') {
  process.env.CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER ??= 'wasm-ld'
}

const wanted = process.argv.slice(2)
for (const language of wanted.length > 0 ? wanted : Object.keys(builds)) {
  for (const command of builds[language]) orExit(language, command)
  if (language === 'typescript') continue
  if (language === 'rust')
    copyFileSync(place('rust', `target/${target}/release/guest.wasm`), place('rust', 'shift.wasm'))
  orExit(language, ['ipvm', 'embed', 'shift.wasm', '../shift.wit'])
  orExit(language, ['ipvm', 'types', 'shift.wasm'])
}

function orExit(language, command) {
  const { status, error } = run(language, command, 'inherit')
  if (error?.code === 'ENOENT') console.error(`${language}: ${command[0]} is missing; README.md tells what is needed`)
  if (status !== 0) process.exit(status ?? 1)
}

function run(folder, [tool, ...args], stdio) {
  return spawnSync(tool, args, { cwd: place(folder), stdio, encoding: 'utf8', shell: process.platform === 'win32' })
}

function place(...parts) {
  return join(import.meta.dirname, ...parts)
}
