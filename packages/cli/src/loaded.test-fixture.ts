import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

/** Writes down what a process loads, in the file that its environment names. */
const { IPVM_TEST_LOADED: path } = process.env
registerHooks({
  load: (url, context, next) => {
    if (path !== undefined) appendFileSync(path, `${url}\n`)
    return next(url, context)
  },
})
