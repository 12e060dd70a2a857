/** How many peers are kept on one node's list. */
export const peersKeptMax = 1024

/** How many invitations may be open at once. */
export const invitationsMax = 64

/** The longest link of an invitation that is read, characters: what a terminal and a chat program take. */
export const linkLengthMax = 8192

/** How many delegations peers give each other when they join, and how many are kept of one peer. */
export const peerDelegationsMax = 64

/** The longest name of a peer, characters. */
export const peerNameLengthMax = 64

/** How long an invitation holds where nobody says, seconds. */
export const invitationSeconds = 600

/** How long an invitation may hold at most, seconds: its link is a key, and links are kept by chat programs. */
export const invitationSecondsMax = 7 * 24 * 3600

/** For how long peers give each other authority when they join, seconds. */
export const sharedSeconds = 365 * 24 * 3600

/** What is left when it is given anew, seconds: a third. */
export const renewBelowSeconds = sharedSeconds / 3

/** How long a peer may take to answer who joins, or who renews, milliseconds. */
export const joinWithin = 20_000
