import type { HostInterface } from '../host.ts'
/** No directory is open, so there is no descriptor, and nothing to do with one. */
export declare const preopens: HostInterface
export declare const types: HostInterface
//# sourceMappingURL=filesystem.d.ts.map
