/** Units of gas of an instruction, without what depends on its operands; 1 where nothing else is said. */
export declare function costOf(name: string): number
/** Bytes that memory.copy, memory.fill and memory.init move, or the host moves for a call, for one unit. */
export declare const bytesPerGas = 8
/** Units for a call that goes through the host: to a function of the host, or from one component to another. */
export declare const gasPerHostCall = 1000
/** Units for each page that a memory has at first, or grows by. */
export declare const gasPerPage = 1024
/** Units for each entry of a table that an instruction or an element segment fills. */
export declare const gasPerEntry = 1
/** Locals that a function declares for one unit, each time it is called. */
export declare const localsPerGas = 16
//# sourceMappingURL=cost.d.ts.map
