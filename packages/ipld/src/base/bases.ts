import * as base10 from 'multiformats/bases/base10'
import * as base16 from 'multiformats/bases/base16'
import * as base2 from 'multiformats/bases/base2'
import * as base32 from 'multiformats/bases/base32'
import * as base36 from 'multiformats/bases/base36'
import * as base58 from 'multiformats/bases/base58'
import * as base64 from 'multiformats/bases/base64'
import * as base8 from 'multiformats/bases/base8'

/**
 * The multibases in which a CID is read. Named one by one, because `multiformats/basics` brings hash functions along. Here
 * is what browsers read: all but base256emoji, an experiment of the registry, whose alphabet weighs more than all others.
 */
export const bases = [base10, base16, base2, base32, base36, base58, base64, base8].flatMap(Object.values)
