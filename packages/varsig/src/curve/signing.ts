/** Signatures with a secret in memory, in a browser: WebCrypto keeps its own keys, and knows no such secrets. */
export { publicKeyOf, sign } from './noble.ts'
