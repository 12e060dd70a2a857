/** One build and run of `ipvm dev`, as it is shown and compared with the next. */
export interface DevRun {
  readonly result?: string
  readonly failure?: string
  readonly gas: number | undefined
  readonly log: string
  /** The WIT of the build. */
  readonly wit: string
  readonly json: boolean
}

/** What a run gave, and what of it is different from the last one, in lines. */
export function describeRun(run: DevRun, last: DevRun | undefined): readonly string[] {
  if (run.json) return [JSON.stringify({ result: run.result, failure: run.failure, gas: run.gas, log: run.log })]
  const lines = [outcomeLine(run, last)]
  if (run.gas !== undefined) lines.push(`gas     ${grouped(run.gas)}${gasChange(run.gas, last?.gas)}`)
  if (run.log !== '')
    lines.push(
      ...run.log
        .trimEnd()
        .split('\n')
        .map((line, i) => `${i === 0 ? 'log   ' : '      '}  ${line}`),
    )
  if (last !== undefined && run.wit !== last.wit) lines.push(...witChanges(run.wit, last.wit))
  return lines
}

function outcomeLine(run: DevRun, last: DevRun | undefined): string {
  const now = run.failure === undefined ? `result  ${run.result}` : `failed  ${run.failure}`
  if (last === undefined) return now
  if (run.result === last.result && run.failure === last.failure) return `${now} (as before)`
  return `${now} (was ${last.failure === undefined ? last.result : `a failure: ${last.failure}`})`
}

function gasChange(gas: number, last: number | undefined): string {
  if (last === undefined || gas === last) return ''
  const percent = ((gas - last) / last) * 100
  const sign = gas > last ? '+' : '−'
  return ` (${sign}${grouped(Math.abs(gas - last))}, ${sign}${Math.abs(percent).toFixed(1)} %)`
}

/** The lines of the WIT that came and went. */
function witChanges(now: string, before: string): string[] {
  const [nowLines, beforeLines] = [now, before].map(text => text.split('\n').map(line => line.trim()))
  const gone = (beforeLines ?? []).filter(line => !nowLines?.includes(line)).map(line => `types   − ${line}`)
  const come = (nowLines ?? []).filter(line => !beforeLines?.includes(line)).map(line => `types   + ${line}`)
  return [...gone, ...come]
}

function grouped(amount: number): string {
  return amount.toLocaleString('en')
}
