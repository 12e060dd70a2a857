import { failureOf, type BuildFailure } from '../build/failure.ts'
import { sourcePlace } from '../bundle/position.ts'
import type { EngineInput } from './engine.ts'

/** That a tool is not there, and the one command that brings it. */
export function missingTool(name: string): BuildFailure {
  return failureOf('ToolMissing', [{ message: `${name} is not installed; npm install ${name}` }])
}

/** Where QuickJS and SpiderMonkey say that they are: a line and a column of the bundle. */
const position = /(?:user\.js|bundle\.js|initializer\.js)[^:\s]*:(\d+):(\d+)/g

/**
 * Why an engine gave up. It runs the top of the modules when it makes the component, so nearly always they threw; then the
 * failure names the author's line.
 */
export function failureAtTop(thrown: unknown, { bundle, folder }: EngineInput, tool: string): BuildFailure {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  const places = [...text.matchAll(position)].map(([, line, column]) =>
    sourcePlace(bundle.map, folder, Number(line), Number(column)),
  )
  const place = places.find(found => found !== undefined)
  const said = thrownIn(text)
  if (place === undefined) return failureOf('EngineFailed', [{ message: `${tool} failed: ${said}` }])
  const message = `the module throws when it is loaded: ${said}; what runs there, runs while the component is built`
  return failureOf('ThrowsAtTop', [{ place, message }])
}

/** What was thrown, without what the tool says around it and without its stack. */
function thrownIn(text: string): string {
  const [error] = /\b\w*Error: .*/.exec(text.replace(/^Error: /, '')) ?? []
  if (error !== undefined) return error
  const lines = text.split('\n').map(line => line.trim())
  return lines.filter(line => line !== '' && !/^at |@\S*:\d+:\d+$/.test(line)).join(' ')
}
