import { type HostInterface } from '../host.ts'
export declare const errorName = 'wasi:io/error#error'
export declare const pollableName = 'wasi:io/poll#pollable'
export declare const inputName = 'wasi:io/streams#input-stream'
export declare const outputName = 'wasi:io/streams#output-stream'
/** Handles carry no state: there is one input, which is empty, all outputs are the log, and every pollable is ready. */
export declare const handle = 0
export declare const error: HostInterface
export declare const poll: HostInterface
export declare const streams: HostInterface
//# sourceMappingURL=io.d.ts.map
