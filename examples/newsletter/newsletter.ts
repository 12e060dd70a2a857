import { readFile } from 'node:fs/promises'
import { workflow } from '@ipvm/workflow'

/**
 * One edition of a newsletter: asks a name where the page of the day is, fetches it, sums it up, and sends one mail.
 *
 * @param to who gets it
 * @param built the functions of letter.ts, as they were built
 */
export default async function newsletter(to = 'ann@example.com', built?: string) {
  const mod = await readFile(built ?? new URL('letter.wasm', import.meta.url)).catch(() => {
    throw new Error('letter.ts is not built; run: npx ipvm build examples/newsletter/letter.ts')
  })
  return workflow('newsletter', ({ task }) => {
    const records = task('where', { cmd: '/dns/resolve', args: { name: '_edition.news.example', type: 'TXT' } })
    const url = task('link', { mod, fun: 'link', params: [records] })
    const page = task('page', { cmd: '/http/get', args: { url, as: 'text', give: 'body' } })
    const subject = task('subject', { mod, fun: 'subject', params: [page] })
    const text = task('summary', { mod, fun: 'summary', params: [page] })
    task('mail', { cmd: '/msg/send', args: { to, subject, text } })
  })
}
