import type { HostInterface } from '../host.ts'
export declare const random: HostInterface
export declare const insecure: HostInterface
/** The same pair at every call: a seed of hash maps is asked for once, and may as well be asked for twice. */
export declare const insecureSeed: HostInterface
//# sourceMappingURL=random.d.ts.map
