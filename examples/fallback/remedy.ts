/** What went wrong, as `catch` tells it. */
interface Failure {
  label: string
  task: string
  error: { name: string; message: string }
}

/** What becomes of it: another task's outcome in its place, or the failure stays, with a message of ours. */
type Remedy = { tag: 'rewire'; value: string } | { tag: 'msg'; value: string }

/** Where the first forecast cannot be had, there is a second one. */
export function remedy(failure: Failure): Remedy {
  if (failure.label === 'first') return { tag: 'rewire', value: 'second' }
  return { tag: 'msg', value: `neither has a forecast; the second said: ${failure.error.message}` }
}
