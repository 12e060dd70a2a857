// Builds __name__.wasm: asc makes a core module, and ipvm writes the types of __name__.wit into it.
import { run } from './run.mjs'

const flags = ['--optimize', '--runtime', 'stub', '--use', 'abort=assembly/guest/stop']

run('asc', ['assembly/__name__.ts', ...flags, '--outFile', '__name__.wasm'], 'install it here, once: npm install')
run('ipvm', ['embed', '__name__.wasm', '__name__.wit'], 'run this by npm: npm run build')
