/** The most random bytes that one task draws. */
export const randomBytesMax = 65_536

/** How many bytes of an answer an HTTP effect reads, where nothing is said; and the most that may be said. */
export const httpBytesDefault = 16 * 1024 * 1024
export const httpBytesMax = 256 * 1024 * 1024

/** How many redirects are followed, where nothing is said; and the most that may be said. */
export const redirectsDefault = 5
export const redirectsMax = 20

/** How many entries a list of what is allowed may have, and characters each. */
export const allowListMax = 1000
export const allowEntryLengthMax = 2048

/** How long one question to a name server waits for its answer, milliseconds, and how often it is put. */
export const dnsMilliseconds = 2000
export const dnsTries = 3

/** How many people one mail goes to, how long its subject is, and how many bytes its texts and its attachments have. */
export const mailRecipientsMax = 100
export const mailSubjectLengthMax = 998
export const mailTextLengthMax = 1024 * 1024
export const mailAttachmentsMax = 20
export const mailBytesMax = 25 * 1024 * 1024

/** How many bytes of one reply of a mail server are read, and how long it may be silent, milliseconds. */
export const mailReplyBytesMax = 64 * 1024
export const mailSilenceMilliseconds = 60_000

/** The largest file that is read or written, bytes. */
export const fileBytesMax = 64 * 1024 * 1024

/** The longest path of a file, characters. */
export const pathLengthMax = 4096

/** The most bytes that are signed, checked, encrypted or decrypted at once. */
export const cryptoBytesMax = 16 * 1024 * 1024

/** The most bytes of a file that one task stores. */
export const storedBytesMax = 64 * 1024 * 1024

/** How many bytes of the answer of a drand server are read. */
export const drandAnswerBytesMax = 4096
