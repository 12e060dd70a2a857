export {
  Events,
  type DeadEvent,
  type EventsParts,
  type NameTaken,
  type TriggerStatus,
  type UnknownTrigger,
} from './events.ts'
export { nonceOf, type EventNews } from './inbox/delivery.ts'
export * as limits from './limits.ts'
export { checkTrigger, type InvalidTrigger, type Source, type SourceOf, type Trigger } from './trigger/document.ts'
