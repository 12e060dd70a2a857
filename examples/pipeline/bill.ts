import type { Did } from '@ipvm/varsig'
import { workflow } from '@ipvm/workflow'

/**
 * A bill: the database says what somebody has ordered, adds the tax where the data is, and the mailer sends it. All three are
 * asked at once; what one gives the next one gets from whose it is, and not by way of whoever runs this.
 *
 * @param database the agent whose tables these are
 * @param mailer the agent that sends
 * @param customer who is billed, once ever
 */
export default function bill(database: Did, mailer: Did, customer = 'Ann') {
  const once = new TextEncoder().encode(`the bill of ${customer}`)
  return workflow('bill', ({ task }) => {
    const net = task(
      'net',
      { sub: database, cmd: '/db/query', args: { customer }, nonce: once },
      { config: { reuse: [1, 'hours'] } },
    )
    const gross = task('gross', {
      ...{ sub: database, cmd: '/wasm/run' },
      args: { mod: tax, fun: 'gross', params: [net] },
    })
    task('bill', { sub: mailer, cmd: '/mailer/send', args: { to: customer, cents: gross }, nonce: once })
  })
}

/**
 * (module
 *   (func (export "gross") (param i32) (result i32)
 *     (i32.div_s (i32.mul (local.get 0) (i32.const 119)) (i32.const 100))))
 */
const tax = Uint8Array.from([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x06, 0x01, 0x60, 0x01, 0x7f, 0x01, 0x7f, 0x03, 0x02, 0x01,
  0x00, 0x07, 0x09, 0x01, 0x05, 0x67, 0x72, 0x6f, 0x73, 0x73, 0x00, 0x00, 0x0a, 0x0e, 0x01, 0x0c, 0x00, 0x20, 0x00,
  0x41, 0xf7, 0x00, 0x6c, 0x41, 0xe4, 0x00, 0x6d, 0x0b,
])
