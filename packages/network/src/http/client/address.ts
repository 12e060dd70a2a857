import { addressLengthMax } from '../../limits.ts'

/** An address as it is written here: of http or https, without user, query and fragment, with a slash at its end. */
export function httpAddress(text: string): string | undefined {
  if (text.length > addressLengthMax || !URL.canParse(text)) return undefined
  const url = new URL(text)
  if ((url.protocol !== 'http:' && url.protocol !== 'https:') || url.username !== '' || url.password !== '') {
    return undefined
  }
  return `${url.origin}${url.pathname}${url.pathname.endsWith('/') ? '' : '/'}`
}
