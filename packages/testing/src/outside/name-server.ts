import dns from 'dns2'

/** A record as a test writes it, such as `{type: 'A', address: '127.0.0.1'}`. */
export interface NameRecord {
  readonly type: string
  readonly [field: string]: unknown
}

/** What a name server of a test says; a number is the code of a refusal (3: there is no such name). */
export type Says = (name: string, type: string) => readonly NameRecord[] | number

/** A real name server on loopback. */
export interface NameServer {
  /** `127.0.0.1:PORT` */
  readonly place: string
  /** What was asked: `A example.test`. */
  readonly asked: string[]
  close(): Promise<void>
}

/** Serves DNS over UDP. */
export async function nameServer(says: Says): Promise<NameServer> {
  const asked: string[] = []
  const server = dns.createServer({
    udp: true,
    handle: (request, send) => {
      const response = dns.Packet.createResponseFromRequest(request)
      const [question] = request.questions
      const name = String(question?.name)
      const type = Object.keys(codes).find(key => codes[key] === question?.type) ?? String(question?.type)
      asked.push(`${type} ${name}`)
      const said = says(name, type)
      if (typeof said === 'number') response.header.rcode = said
      else response.answers.push(...said.map(record => resource(name, record)))
      send(response)
    },
  })
  await server.listen({ udp: { port: 0, address: '127.0.0.1' } })
  return {
    ...{ place: `127.0.0.1:${server.addresses().udp?.port}`, asked },
    close: async () => {
      await server.close()
    },
  }
}

const codes: Readonly<Record<string, number>> = { ...dns.Packet.TYPE, NAPTR: 35, TLSA: 52 }

function resource(name: string, { type, ...fields }: NameRecord) {
  // Written by its type, not by itself; the types of the library want it so.
  const toBuffer = () => Buffer.alloc(0)
  return { name, type: codes[type] ?? 0, class: dns.Packet.CLASS.IN, ttl: 60, toBuffer, ...fields }
}
