// Builds __name__.wasm: clang makes a core module, and ipvm writes the types of __name__.wit into it.
import { run } from './run.mjs'

const hint = 'on Debian or Ubuntu: apt install clang lld; on macOS: brew install llvm lld; elsewhere: https://llvm.org'
const flags = [
  '--target=wasm32',
  '-std=c11',
  '-O2',
  '-ffreestanding',
  '-nostdlib',
  '-Wall',
  '-Wextra',
  '-Wl,--no-entry',
]

run('clang', [...flags, '-o', '__name__.wasm', '__name__.c'], hint)
run('ipvm', ['embed', '__name__.wasm', '__name__.wit'], 'run this by npm: npm run build')
