/** How many operands an instruction takes and gives. */
export interface StackEffect {
  readonly pops: number
  readonly pushes: number
}
/** What an instruction does to the operand stack; two operands and one result where nothing else is said. */
export declare function stackEffect(name: string): StackEffect
//# sourceMappingURL=stack-effect.d.ts.map
