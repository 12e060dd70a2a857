/** Something that a language needs and that may be missing. */
export interface Tool {
  /** The command that shows whether it is there: a program, and its arguments. */
  readonly probe: readonly [program: string, ...args: string[]]
  /** How it is called, and the command that gets it. */
  readonly hint: string
}

/** A language in which guests are written. */
export interface Language {
  /** The folders of templates that are laid over each other. */
  readonly folders: readonly string[]
  readonly scripts: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly ignored: readonly string[]
  readonly tools: readonly Tool[]
}

const start = 'npm run --silent build && ipvm run __name__.wasm greet World'
const guest = { build: 'node build.mjs', start, test: 'npm run --silent build && node --test' }

/** The languages of `ipvm new`, by what they are called there. */
export const languages = {
  ts: {
    folders: ['ts'],
    scripts: { build: 'ipvm build __name__.ts -o __name__.wasm', start, test: 'node --test' },
    ignored: [],
    tools: [],
  },
  assemblyscript: {
    folders: ['guest', 'assemblyscript'],
    scripts: guest,
    devDependencies: { assemblyscript: '^0.28.20' },
    ignored: [],
    tools: [],
  },
  rust: {
    folders: ['guest', 'rust'],
    scripts: { ...guest, test: `cargo test --quiet && ${guest.test}` },
    ignored: ['target/'],
    tools: [
      {
        probe: ['cargo', '--version'],
        hint: 'cargo is missing: https://rustup.rs, or on Debian and Ubuntu apt install cargo libstd-rust-dev-wasm32 lld',
      },
      {
        probe: ['rustc', '--target', 'wasm32-unknown-unknown', '--print', 'target-libdir'],
        hint: 'Rust has no target wasm32-unknown-unknown: rustup target add wasm32-unknown-unknown, or on Debian and Ubuntu apt install libstd-rust-dev-wasm32 lld',
      },
    ],
  },
  c: {
    folders: ['guest', 'c'],
    scripts: guest,
    ignored: [],
    tools: [
      {
        probe: ['clang', '--print-targets'],
        hint: 'clang is missing: on Debian and Ubuntu apt install clang lld, on macOS brew install llvm lld',
      },
      {
        probe: ['wasm-ld', '--version'],
        hint: 'wasm-ld is missing: on Debian and Ubuntu apt install lld, on macOS brew install lld',
      },
    ],
  },
} as const satisfies Readonly<Record<string, Language>>

/** An effect of one's own, in TypeScript. */
export const effectTemplate: Language = {
  folders: ['effect'],
  scripts: { test: 'node --test' },
  devDependencies: {
    '@ipvm/effects': '^0.1.0',
    '@ipvm/runtime': '^0.1.0',
    '@types/node': '^24.0.0',
    typescript: '^7.0.2',
    valibot: '^1.5.0',
  },
  ignored: [],
  tools: [],
}

/** The name of a language of {@link languages}. */
export type LanguageName = keyof typeof languages

/** Whether guests in a language can be made here. */
export function isLanguage(name: string): name is LanguageName {
  return Object.hasOwn(languages, name)
}
