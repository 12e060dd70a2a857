/** What an attribute may be. */
type Attributes = Readonly<Record<string, string | number | undefined>>

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as the content of an element or an attribute. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => escapes[character] ?? '')
}

/** An element; what is in it is SVG already. */
export function element(name: string, attributes: Attributes, ...inner: readonly string[]): string {
  const said = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? rounded(value) : escaped(value ?? '')}"`)
  return inner.length === 0 ? `<${name}${said.join('')}/>` : `<${name}${said.join('')}>${inner.join('')}</${name}>`
}

/** An element with text. */
export function textElement(name: string, attributes: Attributes, text: string): string {
  return element(name, attributes, escaped(text))
}

/** A number with one digit after the point: a tenth of a pixel is enough. */
export function rounded(value: number): string {
  return String(Math.round(value * 10) / 10)
}
