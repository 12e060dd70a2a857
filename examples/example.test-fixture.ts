import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** What a command gave. */
export interface Done {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A command that goes on. */
export interface Running {
  readonly child: ChildProcess
  readonly done: Promise<Done>
  said(): string
}

/** A node of an example, with the config of its folder. */
export interface ExampleNode {
  readonly home: string
  ipvm(...args: string[]): Promise<Done>
  start(...args: string[]): Running
}

/** A server of an example, in a process of its own. */
export interface ExampleServer {
  readonly url: string
  said(): string
}

/** A node of an example that is up. */
export interface ExampleUp extends ExampleNode {
  readonly running: Running
  /** Where it is served over HTTP; undefined where it is not. */
  readonly url: string | undefined
}

/** How a node of an example is kept up. */
export interface ExampleUpOptions {
  /** A file of the example with the effects of that node. */
  readonly effects?: string
  /** What is in its config.json. */
  readonly config?: unknown
  /** Whether it serves over HTTP, at a port that is free. */
  readonly isServed?: boolean
}

/** An example with nodes and servers of its own. @param place the URL in its config that stands for its server */
export function exampleFolder(name: string, place = 'http://127.0.0.1:1') {
  const folder = mkdtempSync(join(tmpdir(), `ipvm-${name}-`))
  const children: ChildProcess[] = []
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Running => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, NO_COLOR: '1', npm_execpath: undefined, ...env },
    })
    children.push(child)
    let [out, err] = ['', '']
    child.stdout.on('data', text => {
      out += text
    })
    child.stderr.on('data', text => {
      err += text
    })
    const done = once(child, 'close').then(() => ({ code: child.exitCode, out, err }))
    return { child, done, said: () => out + err }
  }
  const homed = (home: string, env: Readonly<Record<string, string>> = {}) => {
    const start = (...args: string[]) =>
      run([join(root, 'packages/cli/bin/ipvm.js'), ...args], { IPVM_HOME: home, ...env })
    return { home, start, ipvm: (...args: string[]) => start(...args).done }
  }
  return {
    folder,
    /** Keeps a node up. */
    up: async (person: string, { effects, config, isServed = true }: ExampleUpOptions = {}): Promise<ExampleUp> => {
      const home = join(folder, person)
      mkdirSync(home, { recursive: true })
      if (config !== undefined) writeFileSync(join(home, 'config.json'), JSON.stringify(config))
      const env = effects === undefined ? {} : { IPVM_EFFECTS: join(root, 'examples', name, effects) }
      const node = homed(home, env)
      const running = node.start('up', ...(isServed ? ['--port', '0'] : []))
      while (!running.said().includes('Up as process') && running.child.exitCode === null) {
        await new Promise(resolve => setTimeout(resolve, 20))
      }
      if (running.child.exitCode !== null) throw new Error(`${person} is not up: ${running.said()}`)
      return { ...node, running, url: /Serving at (\S+)/.exec(running.said())?.[1] }
    },
    node: (person: string, url = place): ExampleNode => {
      const home = join(folder, person)
      mkdirSync(home, { recursive: true })
      const config = readFileSync(join(root, 'examples', name, 'config.json'), 'utf8')
      writeFileSync(
        join(home, 'config.json'),
        config.replaceAll(place, url).replaceAll(new URL(place).host, new URL(url).host),
      )
      return homed(home)
    },
    server: async (file: string, ...args: string[]): Promise<ExampleServer> => {
      const { child, said } = run([join(root, 'examples', name, file), ...args])
      if (child.stdout) await once(child.stdout, 'data')
      const [url] = /http:\S+/.exec(said()) ?? []
      if (url === undefined) throw new Error(`${file} did not say where it is: ${said()}`)
      return { url, said }
    },
    remove: () => {
      for (const child of children) child.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
