import type { FunctionType, WitType } from '@ipvm/wit/type'
import type { WitValue } from '@ipvm/wit/value'
import type { HostFunction, HostInterface, HostState } from './host.ts'
/** Words to write WIT types with, in the order in which WIT has them. */
export declare const bool: WitType
export declare const u8: WitType
export declare const u32: WitType
export declare const u64: WitType
export declare const string: WitType
export declare const bytes: WitType
export declare function list(type: WitType): WitType
export declare function option(type: WitType): WitType
export declare function tuple(...types: readonly WitType[]): WitType
export declare function result(ok?: WitType, error?: WitType): WitType
export declare function record(fields: Readonly<Record<string, WitType>>): WitType
/** Cases by name; `undefined` for one that carries nothing. */
export declare function variant(cases: Readonly<Record<string, WitType | undefined>>): WitType
/** Names separated by spaces. */
export declare function enumOf(names: string): WitType
/** Names separated by spaces. */
export declare function flagsOf(names: string): WitType
export declare function own(resource: string): WitType
export declare function borrow(resource: string): WitType
export declare function func(params: Readonly<Record<string, WitType>>, returns?: WitType): FunctionType
/** An interface out of its functions: the type of each, and what it does. */
export declare function interfaceOf(
  functions: Readonly<Record<string, readonly [type: FunctionType, run: HostFunction['run']]>>,
): HostInterface
/** The values `ok(value)` and `error(value)` of a WIT `result`. */
export declare const okOf: (value?: WitValue) => WitValue
export declare const errorOf: (value: WitValue) => WitValue
export declare const none: WitValue
/** A function that takes a handle which nobody has: a guest traps on the handle before it gets here. */
export declare function unreachable(_state: HostState): never
//# sourceMappingURL=type.d.ts.map
