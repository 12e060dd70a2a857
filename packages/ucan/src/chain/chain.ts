/** Proof chains: whether an invocation is to be obeyed, and why not (UCAN Invocation § Proof Chains). */
export type { ChainContext, Request, ResolveProof, ValidationContext } from './context.ts'
export type { Fault, Refusal, RefusalName } from './refusal.ts'
export { findProofs } from './search.ts'
export { describeChain, describeDelegation } from './trace.ts'
export { anyAllows, validate, wouldAllow, type Authorization } from './validate.ts'
