import { openSqliteStore } from './store.ts'

// Takes the claim, says so, and keeps it until it is killed.
const [, , path = ''] = process.argv
const claim = await openSqliteStore(path).claim('the child')
console.log('ok' in claim ? 'taken' : claim.error.owner)
setInterval(() => {}, 60_000)
