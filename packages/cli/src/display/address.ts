/** Whether an address leads to a node from its own machine alone. */
export function isOnlyHere(address: string): boolean {
  const url = URL.parse(address)
  if (url && /^https?:$/.test(url.protocol)) {
    return url.hostname === 'localhost' || url.hostname === '[::1]' || url.hostname.startsWith('127.')
  }
  return /^\/ip4\/127\.|^\/ip6\/::1\//.test(address)
}
