import { numberAt, textAt } from '../argument.js'
import { chargeBytes } from '../host.js'
import { enumOf, func, interfaceOf, string } from '../type.js'
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'critical']
/** A message is a line of the run's log: `level context: message`. */
export const logging = interfaceOf({
  log: [
    func({ level: enumOf(levels.join(' ')), context: string, message: string }),
    (state, args) => {
      const [context, message] = [textAt(args, 1), textAt(args, 2)]
      chargeBytes(state, context.length + message.length)
      const where = context === '' ? '' : ` ${context}`
      state.log.writeLine(`${levels[numberAt(args, 0)]}${where}: ${message}`)
      return undefined
    },
  ],
})
//# sourceMappingURL=logging.js.map
