import { cabi_realloc, give, text } from './guest'
export { cabi_realloc }

/** Greets someone: `greet` in __name__.wit. Names with a dash cannot be exported by AssemblyScript. */
export function greet(name: usize, length: usize): usize {
  return give(`Hello, ${text(name, length)}!`)
}
