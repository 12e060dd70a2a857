import type { ComponentImport } from '@ipvm/wit/component'
/**
 * Why these imports cannot be given, in a sentence that lists all that is missing or of another type; `undefined` where
 * they can.
 */
export declare function missingImports(imports: readonly ComponentImport[]): string | undefined
//# sourceMappingURL=provide.d.ts.map
