import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'

/** Reads the certificate of an authority from a file (PEM), or says what is wrong with it. */
export async function readAuthority(
  path: string,
): Promise<{ readonly certificate: string } | { readonly problem: string }> {
  try {
    const certificate = await readFile(path, 'utf8')
    new X509Certificate(certificate)
    return { certificate }
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    return { problem: `${path} is no certificate that can be read: ${why}; name a PEM file` }
  }
}
