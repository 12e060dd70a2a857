import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'

// What a user would type: two workflows, one after the other. The second finds half of its work done by the first,
// and a second demo finds all of it done.

const root = join(import.meta.dirname, '..', '..')
const ipvm = join(root, 'packages', 'cli', 'src', 'main.ts')
const { image, out, home } = readOptions()
// npm runs scripts in the project's folder; the user's path is meant from where they stood.
const from = process.env.INIT_CWD ?? process.cwd()
const photo = image === undefined ? [] : [resolve(from, image)]

// Ctrl-C is for the workflow that runs; this process waits for how it ends.
process.on('SIGINT', () => {})

for (const name of ['one', 'two']) {
  const file = relative(root, join(import.meta.dirname, `${name}.ts`))
  const args = ['run', file, ...photo, '--out', out, '--home', home]
  console.error(`$ npx ipvm ${args.join(' ')}`)
  const [code] = await once(spawn(process.execPath, [ipvm, ...args], { cwd: root, stdio: 'inherit' }), 'exit')
  if (code !== 0) process.exit(Number(code ?? 1))
  console.error('')
}
console.error(
  `The pictures are in ${out}/. Run it again: everything is reused. Try your own: npm run demo -- --image photo.png`,
)

function readOptions() {
  try {
    const options = {
      image: { type: 'string' },
      out: { type: 'string', default: 'out' },
      home: { type: 'string', default: '.ipvm' },
    } as const
    return parseArgs({ options }).values
  } catch (thrown) {
    const problem = thrown instanceof Error ? thrown.message.split('. ')[0] : thrown
    console.error(`demo: ${problem}; use it so: npm run demo -- --image photo.png`)
    process.exit(2)
  }
}
