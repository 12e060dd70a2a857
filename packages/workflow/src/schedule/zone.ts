const day = 86_400_000

/** The clock of a time zone. Times of the clock are numbers, too: the milliseconds at which a clock in UTC shows the same. */
export interface Zone {
  /** What the clock shows at an instant. */
  readonly shown: (instant: number) => number
  /**
   * When the clock shows a time: the first time where it does twice; where it never does, since it is put forward over it,
   * the instant at which it is.
   */
  readonly instant: (time: number) => number
}

/** A zone by its name in the IANA database, which the platform has to know. */
export function zoneClock(timeZone: string): Zone {
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  })
  const shown = (instant: number): number => {
    const part: Record<string, number> = {}
    for (const { type, value } of format.formatToParts(instant)) part[type] = Number(value)
    const { year = 0, month = 1, day: dayOfMonth = 1, hour = 0, minute = 0, second = 0 } = part
    return Date.UTC(year, month - 1, dayOfMonth, hour, minute, second)
  }
  const ahead = (instant: number) => shown(instant) - instant
  const instant = (time: number): number => {
    // No zone is a day ahead or behind, and none changes its clock twice in two days.
    const before = ahead(time - day)
    const after = ahead(time + day)
    const [first] = [time - before, time - after].sort((a, b) => a - b).filter(at => shown(at) === time)
    return first ?? changeBetween(time - after, time - before, at => ahead(at) === after)
  }
  return { shown, instant }
}

/** The first second that is after a change, between one that is not and one that is. */
function changeBetween(earlier: number, later: number, isAfter: (instant: number) => boolean): number {
  let [no, yes] = [earlier, later]
  while (yes - no > 1000) {
    const middle = no + Math.floor((yes - no) / 2000) * 1000
    if (isAfter(middle)) yes = middle
    else no = middle
  }
  return yes
}
