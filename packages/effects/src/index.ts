export type { EffectMaker, EffectPorts } from './maker.ts'
