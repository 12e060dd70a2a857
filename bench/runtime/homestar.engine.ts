// Homestar 0.3, fed over WebSocket by the process that runs this file; its settings are in bench/homestar.ts. It compiles
// the module for every task by design.
import { type Homestar, result, runHomestar, startHomestar, task, type Task, untilNothingIsLost } from '../homestar.ts'
import { read } from '../wasm/guests.ts'
import { serve } from './engine.ts'

/** How often a workflow is taken again whose notifications were lost. */
const attemptsMax = 20
const patience = 20_000

function tasksOf(homestar: Homestar, count: number, nonce: string, isChain: boolean): Task[] {
  const mod = homestar.put(read('guests/add/add.wasm'))
  const tasks: Task[] = []
  for (let i = 0; i < count; i++) {
    const before = isChain ? tasks.at(-1) : undefined
    tasks.push(task(mod, 'add-one', [before ? result(before) : i], nonce))
  }
  return tasks
}

await serve(async folder => {
  const homestar = await startHomestar(folder)
  const run = (count: number, isChain: boolean) =>
    untilNothingIsLost(attemptsMax, nonce => runHomestar(homestar, tasksOf(homestar, count, nonce, isChain), patience))
  return {
    chain: length => run(length, true),
    fan: width => run(width, false),
    close: () => homestar.stop(),
  }
})
