/** A WIT name as kebab-case, from any of the spellings that languages give it: `fooBar`, `foo_bar`, `foo-bar`. */
export function kebab(spelling: string): string {
  return spelling
    .replaceAll('_', '-')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
}

/** Which of these names a spelling means: the exact one, or the one that it is the camelCase or snake_case of. */
export function labelIndex(names: readonly string[], spelling: string): number {
  const exact = names.indexOf(spelling)
  if (exact >= 0) return exact
  const spelled = kebab(spelling)
  return names.findIndex(name => kebab(name) === spelled)
}
