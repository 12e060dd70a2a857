import type { ByteReader } from '@ipvm/wit/component'
import type { ValueType } from './core-module.ts'
/** A value type of profile 1; those of later proposals are refused by the proposal's name. */
export declare function readValueType(reader: ByteReader): ValueType
/** `funcref` or `externref`. */
export declare function readReferenceType(reader: ByteReader): ValueType
//# sourceMappingURL=value-type.d.ts.map
