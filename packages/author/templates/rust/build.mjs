// Builds __name__.wasm: cargo makes a core module, and ipvm writes the types of __name__.wit into it.
import { spawnSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { run } from './run.mjs'

const target = 'wasm32-unknown-unknown'
const hint = 'with rustup: https://rustup.rs; on Debian or Ubuntu: apt install cargo libstd-rust-dev-wasm32 lld'
const missing = 'if it says that it "can\'t find crate for `core`" or `std`, the target is missing'

// Debian's Rust comes without the linker that rustup's brings.
const { stdout } = spawnSync('rustc', ['--print', 'sysroot'], { encoding: 'utf8' })
if (stdout?.trim() === '/usr') process.env.CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER ??= 'wasm-ld'

run('cargo', ['build', '--quiet', '--release', '--target', target], hint, `${missing}: rustup target add ${target}`)
copyFileSync(`target/${target}/release/guest.wasm`, '__name__.wasm')
run('ipvm', ['embed', '__name__.wasm', '__name__.wit'], 'run this by npm: npm run build')
