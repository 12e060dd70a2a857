import { dnsResolve } from './dns/resolve.ts'
import { eventGet } from './event.ts'
import { http } from './http/http.ts'
import { kv } from './kv.ts'
import { msgSend } from './mail/send.ts'
import type { BuiltIn } from './maker.ts'
import { randomGet } from './random.ts'
import { timeNow } from './time.ts'

/** All effects that come with ipvm, in the order in which they are listed. */
export const builtInEffects: readonly BuiltIn[] = [timeNow, randomGet, eventGet, ...kv, ...http, dnsResolve, msgSend]
