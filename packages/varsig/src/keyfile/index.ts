export { keyObjectSigner } from './key-object.ts'
export {
  readKeyFile,
  writeKeyFile,
  type KeyFileFailure,
  type PassphraseNeeded,
  type UnreadableKey,
  type WrongPassphrase,
} from './keyfile.ts'
export { generatePrivateKey } from './pem.ts'
export {
  KeyRing,
  type InvalidKeyName,
  type KeyEntry,
  type KeyExists,
  type NewKeyOptions,
  type NotAdded,
} from './ring.ts'
