export { builtInEffects } from './built-in.ts'
export { classText } from './describe/class.ts'
export { effectPage } from './describe/page.ts'
export { fieldsOf, type Field } from './describe/fields.ts'
export * as limits from './limits.ts'
export {
  builtIn,
  type AllowList,
  type BuiltIn,
  type Chosen,
  type EffectMaker,
  type EffectPorts,
  type KeySource,
  type NameSource,
  type SecretSource,
} from './maker.ts'
export { problemOf, type SettingProblem } from './problem.ts'
export {
  offText,
  readSwitches,
  switchOf,
  type InvalidSwitch,
  type Switch,
  type Switched,
  type Switches,
} from './switches.ts'
