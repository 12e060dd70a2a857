/** Names a program's session, so that it is not told its own words; a word of its choice. */
export const sessionHeader = 'ipvm-session'

/** The name of the first event of a stream of topics: who is there, a signed record as base64, or nothing. */
export const helloEvent = 'hello'
