import { spawnSync } from 'node:child_process'

/**
 * Runs a tool.
 *
 * @param hint how to get it where it is missing
 * @param advice what to look at where it fails
 */
export function run(tool, args, hint, advice) {
  const { status, error } = spawnSync(tool, args, { stdio: 'inherit', shell: process.platform === 'win32' })
  if (error?.code === 'ENOENT') console.error(`${tool} is missing; ${hint}`)
  else if (status !== 0 && advice) console.error(advice)
  if (status !== 0) process.exit(status ?? 1)
}
