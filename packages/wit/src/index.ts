export * from './component.ts'
export * as limits from './limits.ts'
export { printFunction, printType, type NameOf } from './type/print.ts'
export type { WorldNames } from './world/names.ts'
export { named, printWorld, type Unprintable } from './world/print.ts'
export { worldValue } from './world/value.ts'
export { asksForEffects, effectsInterface, taskType } from './type/effects.ts'
export { casesOf, partsOf, type Case, type Field, type FunctionType, type WitType } from './type/type.ts'
export { fromWit, type Unrepresentable } from './value/from-wit.ts'
export type { TypeMismatch } from './value/mismatch.ts'
export { linkedFiles, paramsToWit } from './value/params.ts'
export { labelIndex } from './value/label.ts'
export { parseArgument } from './value/parse-argument.ts'
export { toWit, type ContentOf } from './value/to-wit.ts'
export {
  isCase,
  isNumeric,
  isNumericArray,
  isSequence,
  numericArray,
  type NumericArray,
  type NumericName,
  type WitCase,
  type WitValue,
} from './value/wit-value.ts'
