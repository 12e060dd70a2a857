import { createServer } from 'node:http'

// Two providers of forecasts. `node providers.ts [PORT] [down…]`: those that are down answer 503, such as `first` or `second`.

const [port = '8378', ...down] = process.argv.slice(2)
const forecasts = new Map([
  ['first', { sky: 'clear', from: 'first' }],
  ['second', { sky: 'cloudy', from: 'second' }],
])

const server = createServer((request, response) => {
  const name = request.url?.slice(1) ?? ''
  const forecast = forecasts.get(name)
  console.log(`${name} was asked`)
  if (!forecast || down.includes(name)) response.writeHead(forecast ? 503 : 404).end()
  else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(forecast))
})

server.listen(Number(port), '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address) console.log(`http://127.0.0.1:${address.port}`)
})
