/** Where a value of a JSON text is: by the keys and numbers that lead to it. */
export type Path = readonly string[]

interface Frame {
  readonly isList: boolean
  /** What comes next in it. */
  key: string
}

const tokens = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g

/** The line of a JSON text on which a value begins, or its key does; of keys that are there twice, the last counts. */
export function lineOf(text: string, path: Path): number | undefined {
  const frames: Frame[] = []
  let [isKey, found] = [false, path.length === 0 ? 0 : -1]
  const look = (at: number) => {
    if (frames.length === path.length && frames.every(({ key }, i) => key === path[i])) found = at
  }
  for (const { 0: token, index } of text.matchAll(tokens)) {
    const top = frames.at(-1)
    if (top && !top.isList && isKey && token.startsWith('"')) {
      top.key = String(JSON.parse(token))
      look(index)
    } else if (token === ':') isKey = false
    else if (token === ',') {
      isKey = top?.isList === false
      if (top?.isList) top.key = `${Number(top.key) + 1}`
    } else if (token === '}' || token === ']') frames.pop()
    else {
      if (top?.isList) look(index)
      if (token === '{' || token === '[') frames.push({ isList: token === '[', key: token === '[' ? '0' : '' })
      isKey = token === '{'
    }
  }
  return found < 0 ? undefined : text.slice(0, found).split('\n').length
}
