import type { Failure } from '@ipvm/ipld'
/** The bytes are not a valid core module. */
export interface MalformedModule extends Failure {
  readonly name: 'MalformedModule'
}
/** The module uses a feature that is not in profile 1, or asks for more than the profile has. */
export interface UnsupportedModule extends Failure {
  readonly name: 'UnsupportedModule'
}
/** The refusal of a feature by its name. */
export declare function unsupportedFeature(feature: string, offset: number): UnsupportedModule
//# sourceMappingURL=failure.d.ts.map
