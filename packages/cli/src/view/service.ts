/** What is kept running. */
export interface ServiceParts {
  /** The program and its arguments. */
  readonly program: readonly string[]
  readonly home: string
  /** As whom, where it is not a user's own service. */
  readonly user?: string
}

/** A unit of systemd. It ends as the node does, whose own limit (`serve.drain`) is at most ten minutes. */
export function systemdUnit({ program, home, user }: ServiceParts): string {
  const lines = [
    '[Unit]',
    'Description=ipvm node',
    // A user's own manager knows nothing of the network.
    ...(user === undefined ? [] : ['After=network-online.target', 'Wants=network-online.target']),
    '',
    '[Service]',
    // Said in the unit, since whoever reads one looks for this (ADR 115).
    '# Not notify: what says READY=1 is a datagram socket, which Node does not have. That the node answers is told by',
    '# its log (Serving at …), /healthz, and ipvm doctor.',
    'Type=exec',
    ...(user === undefined ? [] : [`User=${user}`]),
    `Environment=${unitWord(`IPVM_HOME=${home}`)}`,
    `ExecStart=${program.map(unitWord).join(' ')}`,
    'Restart=on-failure',
    'RestartSec=2',
    // Where the config is wrong, a person has to look.
    'RestartPreventExitStatus=2',
    // Asked a second time, it ends at once: so it is asked once, and has the time that its config may give it.
    'KillMode=mixed',
    'TimeoutStopSec=620',
    'LimitNOFILE=65536',
    'NoNewPrivileges=yes',
    '',
    '[Install]',
    `WantedBy=${user === undefined ? 'default.target' : 'multi-user.target'}`,
  ]
  return lines.join('\n')
}

/** A property list of launchd (launchd.plist(5)). What is not said to go to a file goes nowhere there. */
export function launchdPlist({ program, home, user }: ServiceParts): string {
  const words = program.map(word => `    <string>${xmlText(word)}</string>`).join('\n')
  const as = user === undefined ? '' : `  <key>UserName</key>\n  <string>${xmlText(user)}</string>\n`
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>ipvm</string>
  <key>ProgramArguments</key>
  <array>
${words}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>IPVM_HOME</key>
    <string>${xmlText(home)}</string>
  </dict>
${as}  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ExitTimeOut</key>
  <integer>620</integer>
  <key>StandardOutPath</key>
  <string>${xmlText(`${home}/up.log`)}</string>
  <key>StandardErrorPath</key>
  <string>${xmlText(`${home}/up.log`)}</string>
</dict>
</plist>`
}

/** A word as systemd reads it (systemd.syntax(7)): `%` and `$` are its own. */
function unitWord(text: string): string {
  const escaped = text.replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /[\s"'\\;]/.test(escaped) ? `"${escaped.replace(/(["\\])/g, '\\$1')}"` : escaped
}

function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
