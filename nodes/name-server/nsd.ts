import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../../linux/lab-error.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { ZONE_FILE } from './zone-store.ts';

export interface NsdOptions {
  readonly program: string;
  readonly controlProgram: string;
  /** with the zone file; configuration and control socket are put beside it */
  readonly folder: string;
  readonly address: Ipv6Address;
  readonly port: number;
  readonly zone: string;
  /** NSD has ended and nobody asked it to; `said`: its last words. */
  onEnded(said: string): void;
}

const START_TIMEOUT_MS = 20_000;
const CONTROL_TIMEOUT_MS = 10_000;
const END_TIMEOUT_MS = 5000;
const QUERY = { timeout: 500, tries: 2 } as const;
/** of what NSD says, what an error repeats */
const LAST_WORDS = 2000;

/** One NSD with one zone: an authoritative name server, driven as its own tools drive it. */
export class Nsd {
  readonly #options: NsdOptions;
  readonly #configuration: string;
  readonly #resolver = new Resolver(QUERY);
  #process: ChildProcess | undefined;
  #ending = false;

  /** Writes the configuration. */
  constructor(options: NsdOptions) {
    this.#options = options;
    this.#configuration = join(options.folder, 'nsd.conf');
    this.#resolver.setServers([`[${options.address}]:${options.port}`]);
    writeFileSync(this.#configuration, configurationOf(options));
  }

  /** Until it answers. Rejects with LabError when it ends instead, or takes too long. */
  start(): Promise<void> {
    const { program } = this.#options;
    // NSD must not outlive the agent, killed or not: it would go on with a zone that nobody keeps.
    const command = ['setpriv', '--pdeathsig', 'TERM', program, '-d', '-c', this.#configuration];
    const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process = child;
    return new Promise((resolve, reject) => {
      let said = '';
      let started = false;
      const fail = (what: string): void => {
        clearTimeout(timer);
        if (this.#process === child) this.#process = undefined;
        if (started && !this.#ending) this.#options.onEnded(said);
        if (!started) reject(notStarted(what, command, said));
      };
      const timer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-LAST_WORDS);
        if (started || !said.includes('nsd started')) return;
        started = true;
        clearTimeout(timer);
        resolve();
      });
      child.once('error', (error) => fail(`cannot be run: ${error.message}`));
      child.once('close', (status, signal) => fail(`ended with ${signal ?? status}`));
    });
  }

  /** NSD reads the zone file again; it serves the old zone a little longer. Rejects with LabError. */
  reload(): Promise<void> {
    const args = ['-c', this.#configuration, 'reload'];
    const { controlProgram } = this.#options;
    return new Promise((resolve, reject) =>
      execFile(controlProgram, args, { timeout: CONTROL_TIMEOUT_MS }, (error, stdout, stderr) => {
        if (error === null) resolve();
        else {
          const command = [controlProgram, ...args].join(' ');
          reject(
            new LabError('NSD takes no reload', { command, stderr: `${stdout}${stderr}`, cause: error }),
          );
        }
      }),
    );
  }

  /** Serial of the zone as resolvers get it; undefined when there is no answer. */
  async serial(): Promise<number | undefined> {
    try {
      return (await this.#resolver.resolveSoa(this.#options.zone)).serial;
    } catch {
      return undefined;
    }
  }

  /** Until it has ended. */
  stop(): Promise<void> {
    const child = this.#process;
    this.#ending = true;
    if (child === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT_MS);
      child.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      child.kill('SIGTERM');
    });
  }
}

function notStarted(what: string, command: readonly string[], stderr: string): LabError {
  return new LabError(`the name server ${what}`, {
    command: command.join(' '),
    stderr,
    remedy: 'install the Debian package nsd, and see that nothing else has the port: ss -lnup',
  });
}

/** Everything of NSD's in one folder, as whoever runs the agent; nothing of it in /etc, /var or the system's log. */
function configurationOf({ folder, address, port, zone }: NsdOptions): string {
  const file = (name: string): string => `"${join(folder, name)}"`;
  return `server:
  ip-address: ${address}@${port}
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "${folder}"
  database: ""
  pidfile: ""
  xfrdfile: ""
  xfrdir: "${folder}"
  zonelistfile: ${file('zone.list')}
  hide-version: yes
  hide-identity: yes
  # Nothing but these records: a small table, and no limit that would make experiments wait.
  rrl-size: 1000
  rrl-ratelimit: 0
  rrl-whitelist-ratelimit: 0
remote-control:
  control-enable: yes
  control-interface: ${file('nsd.sock')}
zone:
  name: ${zone}
  zonefile: ${file(ZONE_FILE)}
`;
}
