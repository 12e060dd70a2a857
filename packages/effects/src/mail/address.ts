import { isHost } from '@ipvm/egress'

/** Whether it is one address of mail, `ann@example.com`, and nothing more: no name, no list, no line break. */
export function isAddress(text: string): boolean {
  const at = text.lastIndexOf('@')
  const [local, host] = [text.slice(0, at), text.slice(at + 1)]
  return (
    at > 0 &&
    local.length <= 64 &&
    /^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*$/.test(local) &&
    isDomain(host)
  )
}

/** Whether an address may stand in a list of what is allowed: `*@example.com`, or one address. */
export function isAddressPattern(text: string): boolean {
  return text === '*' || (text.startsWith('*@') && isDomain(text.slice(2))) || isAddress(text)
}

/** Whether mail may go to an address by an entry of that list. Capitals of a domain mean nothing. */
export function matchesAddress(pattern: string, address: string): boolean {
  if (pattern === '*') return true
  const [host, other] = [pattern, address].map(text => text.slice(text.lastIndexOf('@') + 1).toLowerCase())
  if (host !== other) return false
  return (
    pattern.startsWith('*@') ||
    pattern.slice(0, pattern.lastIndexOf('@')) === address.slice(0, address.lastIndexOf('@'))
  )
}

function isDomain(text: string): boolean {
  return isHost(text.toLowerCase())
}
