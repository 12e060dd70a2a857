import { say } from '../output.ts'

/** Shows a text as a QR code; where it is too long for one, says so. */
export async function showQr(text: string): Promise<void> {
  const { renderUnicodeCompact } = await import('uqr')
  try {
    process.stderr.write(`${renderUnicodeCompact(text, { ecc: 'L', border: 2 })}\n`)
  } catch {
    say(`ipvm: ${text.length} characters are too many for a QR code; send it as text`)
  }
}
