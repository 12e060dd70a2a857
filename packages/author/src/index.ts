export type * from './wit/brand.ts'
