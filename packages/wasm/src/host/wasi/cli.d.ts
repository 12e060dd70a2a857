import type { HostInterface } from '../host.ts'
export declare const environment: HostInterface
export declare const exit: HostInterface
export declare const stdin: HostInterface
export declare const stdout: HostInterface
export declare const stderr: HostInterface
export declare const terminalStdin: HostInterface
export declare const terminalStdout: HostInterface
export declare const terminalStderr: HostInterface
//# sourceMappingURL=cli.d.ts.map
