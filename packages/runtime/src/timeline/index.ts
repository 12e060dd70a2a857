export { timelineOf } from './timeline-of.ts'
export type {
  Bar,
  BarState,
  LaneName,
  Moment,
  Piece,
  TaskDetail,
  Timeline,
  TimelineParts,
} from './timeline.ts'
export { timelineSvg, type SvgOptions } from './svg.ts'
export { timelineText, type TextOptions } from './text.ts'
