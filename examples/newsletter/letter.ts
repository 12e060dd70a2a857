/** Where the page of today's edition is, as the records of a name say: `page=https://…`. */
export function link(records: string[]): string {
  for (const record of records) if (record.startsWith('page=')) return record.slice('page='.length)
  throw new Error('none of the records says page=…')
}

/** What the mail is about: the title of the page. */
export function subject(page: string): string {
  const title = between(page, '<title>', '</title>')
  return title === '' ? 'News' : title
}

/** The headlines of a page, with the first sentence below each. */
export function summary(page: string): string {
  const lines: string[] = []
  for (const part of page.split('<h2>').slice(1)) {
    const headline = plain(part.slice(0, part.indexOf('</h2>')))
    const text = plain(between(part, '<p>', '</p>'))
    lines.push(`* ${headline}\n  ${text.slice(0, text.indexOf('.') + 1)}`)
  }
  return lines.join('\n\n')
}

function between(text: string, start: string, end: string): string {
  const from = text.indexOf(start)
  if (from < 0) return ''
  const to = text.indexOf(end, from)
  return plain(text.slice(from + start.length, to < 0 ? text.length : to))
}

function plain(html: string): string {
  return html
    .replace(/<[^>]*>/g, '')
    .replace(/\s+/g, ' ')
    .trim()
}
