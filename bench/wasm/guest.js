// The guest that bench:wasm builds with QuickJS and with SpiderMonkey.
export function add(a, b) {
  return a + b
}

/** How many primes lie below a number, by a sieve. */
export function primes(below) {
  let found = 0
  const crossed = new Uint8Array(below)
  for (let n = 2; n < below; n++) {
    if (crossed[n]) continue
    found++
    for (let multiple = n * n; multiple < below; multiple += n) crossed[multiple] = 1
  }
  return found
}
