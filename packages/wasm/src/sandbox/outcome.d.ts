import { type FunctionType, type ModuleFunctions, type WitValue } from '@ipvm/wit'
import { type RunFailure, type UnknownFunction } from './failure.ts'
import type { RunOutcome } from './run.ts'
/** A failure as an outcome. */
export declare function failed(failure: RunFailure): RunOutcome
/** What a function returned, as an outcome: a WIT `result` at the top is the outcome itself. */
export declare function returned(type: FunctionType, value: WitValue | undefined): RunOutcome
/** There is no such function, or none that can be called: what there is, and what may have been meant. */
export declare function unknownFunction({ functions, withheld }: ModuleFunctions, spelling: string): UnknownFunction
//# sourceMappingURL=outcome.d.ts.map
