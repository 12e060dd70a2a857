export {
  isDid,
  sameDid,
  withoutFragment,
  type Did,
  type MalformedDid,
  type PublicKey,
} from './did/did.ts'
export { didKey, parseDidKey } from './did/key.ts'
export { readDidDocument, type VerificationMethod } from './did/document.ts'
export type { DidResolver, UnresolvedDid } from './did/resolver.ts'
export { didWebUrl, webResolver, type FetchDocument, type WebResolverOptions } from './did/web.ts'
export { encodeHeader, parseHeader, type Algorithm, type UnsupportedSignature } from './header/header.ts'
export * as limits from './limits.ts'
export { lowS, negateS } from './signature/low-s.ts'
export {
  verifySignature,
  type InvalidSignature,
  type SignatureFailure,
  type Verdict,
  type VerifyOptions,
} from './signature/verify.ts'
export { ed25519Signer, generateSigner, secretSigner, seedBytes, type Signer } from './signer/signer.ts'
export { generateWebKeys, webCryptoSigner, type WebAlgorithm } from './signer/web-crypto.ts'
