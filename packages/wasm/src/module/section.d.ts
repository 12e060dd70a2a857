import type { ByteReader } from '@ipvm/wit/component'
import type { CoreExtern, CoreImport, Extent, FunctionSignature, TableType } from './core-module.ts'
/** The type section: function types only. */
export declare function readFunctionTypes(section: ByteReader): FunctionSignature[]
/** One entry of the import section. `typeAt` gives a function type by its index. */
export declare function readImport(reader: ByteReader, typeAt: (index: number) => FunctionSignature): CoreImport
/** A table's type. */
export declare function readTable(reader: ByteReader): TableType
/** A memory's type. */
export declare function readMemory(reader: ByteReader): Extent
/** A global's type; its value type and mutability are the engine's business. */
export declare function readGlobalType(reader: ByteReader): void
/** The export section, into a map. */
export declare function readExports(
  section: ByteReader,
  exports: Map<string, CoreExtern>,
  externAt: (sort: CoreExtern['sort'], index: number) => CoreExtern,
): void
//# sourceMappingURL=section.d.ts.map
