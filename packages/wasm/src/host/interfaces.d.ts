import type { HostFunction, HostInterface } from './host.ts'
/** All that a guest may import (docs/guide.md), without versions. */
export declare const hostInterfaces: ReadonlyMap<string, HostInterface>
/** An interface by the name that a guest imports it by: WASI of any version 0.2, logging of any or none. */
export declare function hostInterface(name: string): HostInterface | undefined
/** A function by the interface that a guest imports it from. */
export declare function hostFunction(host: string, name: string): HostFunction | undefined
//# sourceMappingURL=interfaces.d.ts.map
