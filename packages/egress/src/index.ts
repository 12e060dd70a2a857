export type { Egress, EgressFailure, EgressRequest, EgressResponse } from './egress.ts'
