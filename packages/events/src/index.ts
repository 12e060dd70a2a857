export type { Event } from './event.ts'
