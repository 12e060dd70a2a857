import { type FunctionType } from '@ipvm/wit/type'
/**
 * Whether a guest's idea of a host function is the host's own. Names of parameters do not count: calls pass values by
 * their place. Versions of resources do not either, since an interface is served in all its versions.
 */
export declare function isSameFunction(guest: FunctionType, host: FunctionType): boolean
//# sourceMappingURL=same-type.d.ts.map
