/** The most random bytes that one task draws. */
export const randomBytesMax = 65_536
