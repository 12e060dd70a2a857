import { workflow } from '@ipvm/workflow'

/** What the counter wrote down at a number, and how often: `ipvm run written.ts 30`. */
export default function written(at = '10') {
  return workflow('written', ({ task }) => void task('written', { cmd: '/kv/get', args: { key: `counter/${at}` } }))
}
