import { element } from './svg-element.ts'

const light = {
  ...{ paper: '#ffffff', ink: '#1f2328', quiet: '#57606a', grid: '#d8dee4', band: '#f6f8fa', bad: '#b3261e' },
  ...{ base: '#57606a', pure: '#2563c9', query: '#0b7a70', mutation: '#a8480f' },
}

const dark = {
  ...{ paper: '#0d1117', ink: '#e6edf3', quiet: '#9da7b1', grid: '#30363d', band: '#151b23', bad: '#ff8a80' },
  ...{ base: '#9da7b1', pure: '#79aefc', query: '#56cfc0', mutation: '#f2a366' },
}

function variables(colours: typeof light): string {
  return Object.entries(colours)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(';')
}

/**
 * The style of one picture, which is said of its own id alone, since several may be in one page. By the page's or the
 * reader's colours, but for `scheme`.
 */
export function styleOf(id: string, scheme: 'light' | 'dark' | undefined): string {
  const root = `#${id}`
  const schemes =
    scheme === undefined
      ? [`${root}{${variables(light)}}`, `@media (prefers-color-scheme:dark){${root}{${variables(dark)}}}`]
      : [`${root}{${variables(scheme === 'dark' ? dark : light)}}`]
  const rules = {
    text: 'font:11px ui-sans-serif,system-ui,sans-serif;fill:var(--ink);paint-order:stroke;stroke:var(--band);stroke-width:3px;stroke-linejoin:round',
    '.paper': 'fill:var(--paper)',
    '.band': 'fill:var(--band)',
    '.head': 'font-size:16px;font-weight:600;stroke:none',
    '.name': 'font-weight:600',
    '.quiet': 'fill:var(--quiet)',
    '.plate': 'fill:var(--band);fill-opacity:.93',
    '.grid': 'stroke:var(--grid);fill:none',
    '.fold': 'fill:url(#ID-fold)',
    '.link': 'stroke:var(--quiet);fill:none;stroke-width:.8;opacity:.7',
    '.tip': 'fill:var(--quiet)',
    '.release': 'stroke:var(--mutation);stroke-width:1;stroke-dasharray:5 3;fill:none',
    '.base': '--own:var(--base)',
    '.pure': '--own:var(--pure)',
    '.query': '--own:var(--query)',
    '.mutation': '--own:var(--mutation)',
    '.solid': 'fill:var(--own);stroke:var(--own)',
    '.hollow': 'fill:var(--paper);stroke:var(--own);stroke-width:1.4',
    '.open': 'fill:var(--own);fill-opacity:.45;stroke:var(--own)',
    '.line': 'fill:none;stroke:var(--own);stroke-width:1.4',
    '.held': 'stroke-dasharray:1 3',
    '.pause': 'stroke-dasharray:4 3',
    '.await': 'stroke-dasharray:7 2 1 2',
    '.doubt': 'stroke:var(--bad);stroke-width:2.4;stroke-dasharray:2 4',
    '.failed': 'fill:url(#ID-failed);stroke:var(--bad);stroke-width:1.2',
    '.unknown': 'fill:url(#ID-unknown);stroke:var(--bad);stroke-width:1.2;stroke-dasharray:3 2',
    '.cross': 'fill:none;stroke:var(--bad);stroke-width:1.8',
    '.curve': 'fill:var(--own);stroke:none',
    '.curve.known': 'fill-opacity:.35',
    '.curve.bad': 'fill:url(#ID-failed)',
  }
  const own = Object.entries(rules).map(([names, rule]) => {
    const selector = names.split(',').map(name => `${root} ${name}`)
    return `${selector.join(',')}{${rule.replaceAll('ID', id)}}`
  })
  return [...schemes, ...own].join('')
}

/** Patterns and the tip of an arrow: what is out of the ordinary is told without colours, too. */
export function patternsOf(id: string): string {
  const pattern = (name: string, size: number, ...inner: readonly string[]) =>
    element(
      'pattern',
      { id: `${id}-${name}`, width: size, height: size, patternUnits: 'userSpaceOnUse' },
      element('rect', { width: size, height: size, style: 'fill:var(--paper)' }),
      ...inner,
    )
  const line = (d: string, colour: string, width: number) =>
    element('path', { d, style: `fill:none;stroke:var(--${colour});stroke-width:${width}` })
  return element(
    'defs',
    {},
    pattern('failed', 6, line('M-1 7 7 -1M-1 1 1 -1M5 7 7 5', 'bad', 1.6)),
    pattern('unknown', 5, element('circle', { cx: 2.5, cy: 2.5, r: 1, style: 'fill:var(--bad)' })),
    pattern('fold', 6, line('M-1 -1 7 7M-1 5 1 7M5 -1 7 1', 'grid', 1.4)),
    element(
      'marker',
      { id: `${id}-tip`, viewBox: '0 0 6 6', refX: 5.5, refY: 3, markerWidth: 6, markerHeight: 6, orient: 'auto' },
      element('path', { class: 'tip', d: 'M0 .8 5.5 3 0 5.2z' }),
    ),
  )
}
