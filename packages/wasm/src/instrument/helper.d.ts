import type { CoreModule } from '../module/core-module.ts'
import { type Additions, type Helper } from './additions.ts'
import { CodeBuffer } from './code-buffer.ts'
/** The pages that are left once the host could not serve a growth that was within the quota. */
export declare const hostRefused: number
/** The index of a helper's type. */
export declare function helperType(helper: Helper, module: CoreModule, { types }: Additions): number
/** The code of a helper, with its locals. */
export declare function helperBody(helper: Helper, module: CoreModule, additions: Additions): CodeBuffer
//# sourceMappingURL=helper.d.ts.map
