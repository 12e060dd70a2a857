/**
 * A script of the WebAssembly specification's tests, with its modules assembled: the commands of a `.wast` file as data
 * (WebAssembly reference interpreter § Scripts). The field names are those of wabt's `wast2json` where it has them;
 * modules are base64 inside the file, so that a script is one file.
 */
export interface Script {
  /** The file it was made from. */
  readonly source: string
  readonly commands: readonly Command[]
}

/** A module: its binary in base64, or why there is none. */
export type ModuleBinary = { readonly base64: string } | { readonly problem: string }

/** A value, or what a result has to be like. */
export type Value =
  /** `bits` is an unsigned decimal number, or for a float that is expected `nan:canonical` or `nan:arithmetic`. */
  | { readonly type: 'i32' | 'i64' | 'f32' | 'f64' | 'v128'; readonly bits: string }
  /** A vector of which some lanes are NaN patterns, the lowest lane first. */
  | { readonly type: 'lanes'; readonly lanes: readonly Value[] }
  /** A reference: `null`, any but null (`some`), or for the host's own ones a number of the script's choice. */
  | { readonly type: 'funcref' | 'externref' | 'ref'; readonly bits: string }
  /** One of these. */
  | { readonly type: 'either'; readonly values: readonly Value[] }

/** A call of an exported function or a look at an exported global; without `module`, of the last module. */
export interface Action {
  readonly type: 'invoke' | 'get'
  readonly module?: string
  readonly field: string
  readonly args: readonly Value[]
}

interface AtLine {
  readonly line: number
}

/** One command of a script. `text` is what the specification calls the failure. */
export type Command = AtLine &
  (
    | { readonly type: 'module' | 'module_definition'; readonly name?: string; readonly module: ModuleBinary }
    | { readonly type: 'module_instance'; readonly name?: string; readonly definition: string }
    | { readonly type: 'register'; readonly name?: string; readonly as: string }
    | { readonly type: 'action'; readonly action: Action }
    | { readonly type: 'assert_return'; readonly action: Action; readonly expected: readonly Value[] }
    | { readonly type: 'assert_trap' | 'assert_exhaustion'; readonly action: Action; readonly text: string }
    | {
        readonly type: 'assert_invalid' | 'assert_malformed' | 'assert_unlinkable' | 'assert_uninstantiable'
        readonly module: ModuleBinary
        readonly text: string
      }
    /** A command that has nothing to do with what is tested here. */
    | { readonly type: 'other'; readonly reason: string }
  )
