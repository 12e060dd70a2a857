import type { CoreModule } from './core-module.ts'
/**
 * Reads a core module but for the code of its functions, which is read when it is rewritten. What is malformed or outside
 * the profile throws `Refusal` or `FeatureRefusal`; types are not checked.
 */
export declare function readCoreModule(bytes: Uint8Array): CoreModule
//# sourceMappingURL=read.d.ts.map
