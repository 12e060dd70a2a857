export { profile } from './profile.js'
export * as limits from './limits.js'
export { hostFunction } from './host/interfaces.js'
export { isPermanent } from './sandbox/failure.js'
export { invoke } from './sandbox/invoke.js'
export { failed, returned, unknownFunction } from './sandbox/outcome.js'
export { prepare } from './sandbox/prepare.js'
//# sourceMappingURL=index.js.map
