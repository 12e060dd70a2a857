/** Names a program's session, so that it is not told its own words; a word of its choice. */
export const sessionHeader = 'ipvm-session'

/** The name of the first event of a stream of topics: who is there, a signed record as base64, or nothing. */
export const helloEvent = 'hello'

/** The name of the event by which who holds a stream is asked something (ADR 136): no topic has a space in its name. */
export const askEvent = 'ipvm ask'

/** In the query of a stream: whoever holds it answers what it is asked by it. */
export const answersQuery = 'answers'

/** The status of an answer that is brought by a request. */
export const statusHeader = 'ipvm-status'
