import { workflow } from '@ipvm/workflow'

/**
 * A trip: a flight, then a hotel, then they are paid. What was booked is cancelled, the last first, where a later step fails for
 * good: `ipvm run trip.ts Ann 900`.
 *
 * @param traveller whose trip it is; one trip for each
 * @param price what the card is charged with
 * @param agency where it is booked
 */
export default function trip(traveller = 'Ann', price = '900', agency = 'http://127.0.0.1:8377') {
  const at = (kind: string) => ({ url: `${agency}/${kind}/${traveller}`, as: 'json', give: 'body' })
  return workflow('trip', ({ task }) => {
    const flight = task('flight', { cmd: '/http/put', args: { ...at('flights'), json: { seat: '12A' } } })
    task('cancel flight', { cmd: '/http/delete', args: at('flights') }, { compensates: flight })

    // It is where the flight goes, so it is booked after that.
    const hotel = task('hotel', { cmd: '/http/put', args: { ...at('hotels'), json: { nights: 2, arrival: flight } } })
    task('cancel hotel', { cmd: '/http/delete', args: at('hotels') }, { compensates: hotel })

    const bill = { price: Number(price), for: [flight, hotel] }
    task('payment', { cmd: '/http/post', args: { ...at('payments'), json: bill } })
  })
}
