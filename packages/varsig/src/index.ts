export { didKey, isDid, parseDidKey, type Did, type MalformedDid, type PublicKey } from './did/did.ts'
export { encodeHeader, parseHeader, type Algorithm, type UnsupportedSignature } from './header/header.ts'
export { ed25519Signer, seedBytes, type Signer } from './signer.ts'
export { verifySignature, type InvalidSignature, type SignatureFailure } from './verify.ts'
