import { ByteReader } from '@ipvm/wit/component'
import type { Body } from './core-module.ts'
/**
 * A constant expression. Newer engines let it refer to any global before it, older ones to imported globals only:
 * profile 1 is the latter.
 */
export declare function readConstant(reader: ByteReader, importedGlobals: number): void
/** One element segment, in each of its eight forms; gives how many entries it writes by itself. */
export declare function readElementSegment(reader: ByteReader, importedGlobals: number): number
/** One data segment; gives how many bytes it writes by itself. */
export declare function readDataSegment(reader: ByteReader, importedGlobals: number): number
/** Where the code of one function is. */
export declare function readBody(reader: ByteReader): Body
//# sourceMappingURL=code.d.ts.map
