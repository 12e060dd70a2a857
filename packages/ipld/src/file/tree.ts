import type { Block } from '../block.ts'
import { nodeLinksMax } from '../limits.ts'
import { fileNodeBlock, type Subtree } from './node.ts'

/**
 * The inner nodes of a balanced tree, each made as soon as its last child is known, so that no more is held than one
 * unfinished node for each level: 1,024 names.
 */
export class BalancedTree {
  /** Children of the unfinished node of each level, the leaves first. */
  readonly #levels: Subtree[][] = []

  /** Adds the next leaf; gives the nodes that are complete before it. */
  add(leaf: Subtree): readonly Block[] {
    const completed: Block[] = []
    this.#add(leaf, 0, completed)
    return completed
  }

  /** Completes what is unfinished; the last block is the root. Of a single leaf nothing comes: that leaf is the root. */
  finish(): readonly Block[] {
    const completed: Block[] = []
    for (let level = 0; level < this.#levels.length; level++) {
      const count = this.#levels[level]?.length ?? 0
      const isRoot = count === 1 && level === this.#levels.length - 1
      if (count > 0 && !isRoot) this.#close(level, completed)
    }
    return completed
  }

  #add(child: Subtree, level: number, completed: Block[]): void {
    // Closed when the next child comes and not before: a full node that nothing follows is the root.
    if (this.#levels[level]?.length === nodeLinksMax) this.#close(level, completed)
    const children = this.#levels[level]
    if (children) children.push(child)
    else this.#levels.push([child])
  }

  #close(level: number, completed: Block[]): void {
    const { cid, bytes, fileBytes, treeBytes } = fileNodeBlock(this.#levels[level] ?? [])
    this.#levels[level] = []
    completed.push({ cid, bytes })
    this.#add({ cid, fileBytes, treeBytes }, level + 1, completed)
  }
}
