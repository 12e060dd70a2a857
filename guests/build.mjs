// Builds every guest from C: clang and wasm-ld make the core module, componentEmbed and componentNew the component.
// The results are committed; with the same clang they come out the same, byte for byte, wherever the checkout lies.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

// The version the committed files were built with; another one gives other bytes, which the tests accept as well.
const clangMajor = 14

const guests = [
  { world: 'image', wit: 'guests/image/image.wit', source: 'guests/image/src', out: 'guests/image/image.wasm' },
  {
    world: 'image-plain',
    wit: 'guests/image/image.wit',
    source: 'guests/image/src',
    defines: ['-DIMAGE_PLAIN'],
    out: 'bench/guests/image-plain.wasm',
  },
  { world: 'add', wit: 'guests/add/add.wit', source: 'guests/add', out: 'guests/add/add.wasm' },
]

// No source or build directory may get into the output, so everything runs with relative paths and without debug data.
const compileFlags = [
  ...['--target=wasm32', '-std=c11', '-O3', '-ffreestanding', '-fno-ident', '-Wall', '-Wextra', '-Werror'],
  ...['-msimd128', '-mbulk-memory', '-msign-ext', '-mnontrapping-fptoint'],
]

// The stack lies first, so that overflowing it traps instead of overwriting data; the maximum is the promise of the README.
const linkFlags = ['--no-entry', '--gc-sections', '--stack-first', '-z', 'stack-size=65536', '--max-memory=268435456']

const clang = findTool([`clang-${clangMajor}`, 'clang'])
const linker = findTool([`wasm-ld-${clangMajor}`, 'wasm-ld'])
const { componentEmbed, componentNew } = await importTranspiler()

for (const guest of guests) {
  const core = withoutProducers(compile(guest))
  const embedded = await componentEmbed({
    binary: core,
    witSource: readFileSync(join(root, guest.wit), 'utf8'),
    world: guest.world,
    metadata: [],
  })
  const component = withoutProducers(await componentNew(embedded))
  const out = join(root, guest.out)
  mkdirSync(dirname(out), { recursive: true })
  writeFileSync(out, component)
  const digest = createHash('sha256').update(component).digest('hex')
  console.log(`${digest}  ${guest.out}  ${component.length} bytes`)
}

function compile({ source, defines = [] }) {
  const directory = join(root, source)
  const objects = mkdtempSync(join(tmpdir(), 'guest-'))
  try {
    const files = readdirSync(directory).filter(name => name.endsWith('.c'))
    for (const file of files.sort()) {
      const flags = [...compileFlags, ...defines]
      refuseFloatVectors(file, run(clang, [...flags, '-S', '-o', '-', file], directory))
      run(clang, [...flags, '-c', '-o', join(objects, `${file}.o`), file], directory)
    }
    const inputs = files.sort().map(file => `${file}.o`)
    run(linker, [...linkFlags, '-o', 'core.wasm', ...inputs], objects)
    return readFileSync(join(objects, 'core.wasm'))
  } finally {
    rmSync(objects, { recursive: true })
  }
}

// Float vectors are outside the feature profile, and the vectoriser must not bring them in by itself.
function refuseFloatVectors(file, assembly) {
  const found = /\b(f32x4|f64x2)\.\w+/.exec(assembly)
  if (found) throw new Error(`${file}: the compiler emitted ${found[0]}, which the feature profile refuses`)
}

// Names of tools and their versions say nothing about the guest and would change its content address. The names of
// functions stay: a failure should say where it happened. Section 1 of a component is a core module of its own.
function withoutProducers(binary) {
  const isComponent = binary[6] === 1
  const kept = [binary.subarray(0, 8)]
  for (let at = 8; at < binary.length; ) {
    const id = binary[at]
    const size = readLeb(binary, at + 1)
    const end = size.end + size.value
    if (isComponent && id === 1) {
      const core = withoutProducers(binary.subarray(size.end, end))
      kept.push(Buffer.from([id, ...leb(core.length)]), core)
    } else if (id !== 0 || readName(binary, size.end) !== 'producers') {
      kept.push(binary.subarray(at, end))
    }
    at = end
  }
  return Buffer.concat(kept)
}

function leb(value) {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)]
}

function readName(binary, at) {
  const length = readLeb(binary, at)
  return Buffer.from(binary.subarray(length.end, length.end + length.value)).toString('utf8')
}

function readLeb(binary, at) {
  let value = 0
  let shift = 0
  for (;;) {
    const byte = binary[at++]
    value += (byte & 0x7f) * 2 ** shift
    shift += 7
    if (byte < 0x80) return { value, end: at }
  }
}

function run(tool, args, cwd) {
  return execFileSync(tool, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'inherit'] })
}

function findTool(names) {
  for (const name of names) {
    try {
      const version = /version (\d+)|LLD (\d+)/.exec(execFileSync(name, ['--version'], { encoding: 'utf8' }))
      const major = Number(version?.[1] ?? version?.[2])
      if (major !== clangMajor) console.warn(`${name} is version ${major}, not ${clangMajor}: the bytes will differ`)
      return name
    } catch {}
  }
  console.error(`missing: ${names.at(-1)}. On Debian or Ubuntu: apt install clang-${clangMajor} lld-${clangMajor}`)
  process.exit(1)
}

async function importTranspiler() {
  try {
    return await import('@bytecodealliance/jco-transpile/wasm-tools')
  } catch {
    console.error('missing: @bytecodealliance/jco-transpile. Run: npm install --prefix guests')
    process.exit(1)
  }
}
