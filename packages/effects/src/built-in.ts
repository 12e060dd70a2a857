import { block } from './block.ts'
import { decrypt, encrypt } from './crypto/encrypt.ts'
import { sign, verify } from './crypto/sign.ts'
import { dnsResolve } from './dns/resolve.ts'
import { eventGet } from './event.ts'
import { file } from './file/file.ts'
import { http } from './http/http.ts'
import { kv } from './kv.ts'
import { msgSend } from './mail/send.ts'
import type { BuiltIn } from './maker.ts'
import { nameResolve } from './name.ts'
import { randomGet } from './random.ts'
import { secretGet } from './secret.ts'
import { timeNow } from './time.ts'

/** All effects that come with ipvm, in the order in which they are listed. */
export const builtInEffects: readonly BuiltIn[] = [
  timeNow,
  randomGet,
  eventGet,
  ...kv,
  ...block,
  nameResolve,
  ...file,
  secretGet,
  sign,
  verify,
  encrypt,
  decrypt,
  ...http,
  dnsResolve,
  msgSend,
]
