import { type HostInterface } from '../host.ts'
/** A message is a line of the run's log: `level context: message`. */
export declare const logging: HostInterface
//# sourceMappingURL=logging.d.ts.map
