import type { Outcome } from './run/outcome.ts'

/**
 * Where the specification's tests use what profile 1 does not have: the features that a module may be refused for, and
 * the files that have such modules. A refusal anywhere else, or for another reason, is a mistake of ours.
 */
const refusals: readonly (readonly [feature: string, files: RegExp])[] = [
  ['SIMD on floats', /^simd_(f32x4|f64x2|conversions|i32x4_trunc_sat|lane\.|load\.|splat\.)/],
  ['relaxed SIMD', /relaxed_/],
  ['memory64', /64(-imports)?\.wast$|^table_copy_mixed/],
  ['multiple memories', /\d\.wast$|-multi\.wast$|^(memory_size_import|memory_grow|instance)\.wast$/],
  ['exceptions', /^(imports|tag|throw|throw_ref|try_table)\.wast$/],
  ['garbage collection', /^(array|struct|i31|extern|ref_|br_on_|type-|tag\.|table_init)|custom-descriptors/],
  [
    'typed function references',
    /^(br_on_|call_ref|return_call_ref|ref|type-|i31|local_init|try_table|unreached-valid)/,
  ],
  ['typed function references', /^(br_table|elem|global|instance|linking|table|table-sub)\.wast$|custom-descriptors/],
  ['constants that refer to globals of the module', /^(data|elem|global)\.wast$/],
  ['a memory of more than 32768 pages', /^memory\.wast$/],
  ['a table of more than 1000000 entries', /^table\.wast$/],
  ['shared memory', /^proposals\/threads\//],
  ['threads', /^proposals\/threads\//],
  ['custom page sizes', /^proposals\/custom-page-sizes\//],
  ['wide arithmetic', /^proposals\/wide-arithmetic\//],
]

/** Outcomes that are no fault of the instrumentation, each with its reason. */
export const exceptions: readonly {
  readonly file: string
  readonly outcome: RegExp
  readonly reason: string
}[] = [
  {
    file: 'linking0.wast',
    outcome: /^assert_return failed: trap: an indirect call/,
    reason: 'a module with multiple memories, which is refused, would have filled the table',
  },
  {
    file: 'load1.wast',
    outcome: /^assert_return failed: returned 0x0/,
    reason: 'a module with multiple memories, which is refused, would have filled the memory',
  },
  {
    file: 'proposals/custom-descriptors/exact-func-import.wast',
    outcome: /^module(_definition)? failed: .*an unknown sort of import/,
    reason: 'a proposal that is not finished brings another sort of import',
  },
  {
    file: 'proposals/threads/imports.wast',
    outcome: /^assert_invalid failed: accepted/,
    reason: 'the proposal is written against a specification of before there were several tables',
  },
]

/** Whether an outcome of the specification's tests is one that profile 1 may have. */
export function isExpected(file: string, outcome: Outcome): boolean {
  if (outcome.kind === 'refused') {
    return refusals.some(([feature, files]) => feature === outcome.detail && files.test(file))
  }
  const said = `${outcome.command} ${outcome.kind}: ${outcome.detail}`
  return outcome.kind !== 'failed' || exceptions.some(known => known.file === file && known.outcome.test(said))
}
