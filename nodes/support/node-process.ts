import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type * as z from 'zod/mini';
import { isLevel, type Level, levels } from './event-levels.ts';
import { EventLog, STANDARD_ERROR } from './event-log.ts';
import { readConfig } from './read-config.ts';
import { isJournal, ServiceManager } from './service-manager.ts';

/** What every node gets on its command line. */
interface NodeProcess<Config> {
  readonly config: Config;
  readonly log: EventLog;
  /** where the node may keep what it must know after a restart; undefined: nowhere */
  readonly statePath: string | undefined;
  /** Tells whoever started the node that it serves now: an event, and a line into the `--ready` file if one was given. */
  ready(): void;
  /** Runs `leave` at the first SIGTERM or SIGINT: the node ends when `leave` says that it is done, or at the second signal. */
  onLeave(leave: (done: () => void) => void): void;
  /**
   * Runs `reload` at each SIGHUP with the configuration file as it is then; a bad one is told (`reload-refused`), and the old one stays. The
   * log's file is opened again in any case. To a node that reads nothing again, has no such file and no service manager SIGHUP is what SIGTERM is.
   */
  onReload(reload: (config: Config) => void): void;
  /** Runs `stop` once, on SIGTERM, SIGINT or when the node ends itself; then the process exits with `status`. */
  onStop(stop: () => void): void;
  end(status: number): void;
}

/**
 * Reads `--config FILE` (checked against `schema`), `--events FILE`, `--block OCTETS`, `--level LEVEL`, `--ready FILE`, `--state FILE`; prints help for `--help`,
 * and for `--check` says that the configuration is good.
 * `isSurvived`: whether an error that nobody has caught is dealt with, so that the node goes on; default: it ends with status 1.
 * A bad command line or configuration ends the process with status 2 and names the field.
 */
export function startNode<Config>(
  name: string,
  purpose: string,
  schema: z.ZodMiniType<Config>,
  isSurvived: (error: unknown) => boolean = () => false,
): NodeProcess<Config> {
  const options = readOptions(name, purpose);
  const read = readConfig(options.config, schema);
  if (typeof read === 'string') return fail(name, read);
  const { config } = read;
  if (options.check === true) {
    process.stdout.write(`${name}: ${options.config} is a valid configuration\n`);
    process.exit(0);
  }
  const log = new EventLog(options.node ?? name, options.events, {
    blockOctets: blockOf(name, options.block),
    level: levelOption(name, options.level),
    toJournal: isJournal(STANDARD_ERROR),
  });
  const manager = new ServiceManager((event, fields) => log.write(event, fields));
  let stop: (() => void) | undefined;
  let leave: ((done: () => void) => void) | undefined;
  let reload: ((config: Config) => void) | undefined;
  const end = (wanted: number): void => {
    const last = stop;
    stop = undefined;
    const status = cleanedUp(name, log, last) ? wanted : 1;
    log.write('stopped', { status });
    log.close();
    process.exit(status);
  };
  const leaveAndEnd = (): void => {
    manager.stopping();
    const first = leave;
    leave = undefined;
    if (first === undefined) end(0);
    else first(() => end(0));
  };
  const hungUp = (): void => {
    log.reopen();
    if (reload === undefined) return;
    const again = readConfig(options.config, schema);
    if (typeof again === 'string') log.write('reload-refused', { reason: again });
    else reload(again.config);
  };
  process.on('SIGTERM', leaveAndEnd);
  process.on('SIGINT', leaveAndEnd);
  // From the beginning on: nobody's default action leaves kernel state behind.
  process.on('SIGHUP', () => {
    if (reload === undefined && !log.isFile && !manager.isThere) leaveAndEnd();
    else manager.reloading(hungUp);
  });
  process.on('uncaughtException', (error) => {
    if (isSurvived(error)) return;
    log.write('crashed', { reason: String(error) });
    process.stderr.write(`${name}: ${error.stack ?? String(error)}\n`);
    end(1);
  });
  const ready = (): void => {
    log.write('ready');
    if (options.ready !== undefined) writeFileSync(options.ready, `${options.node ?? name}\n`);
    manager.ready();
  };
  const onStop: NodeProcess<Config>['onStop'] = (callback) => {
    stop = callback;
  };
  const onLeave: NodeProcess<Config>['onLeave'] = (callback) => {
    leave = callback;
  };
  const onReload: NodeProcess<Config>['onReload'] = (callback) => {
    reload = callback;
  };
  return { config, log, statePath: options.state, ready, onReload, onLeave, onStop, end };
}

/** Whatever fails while a node ends is told, and ends it all the same. */
function cleanedUp(name: string, log: EventLog, stop: (() => void) | undefined): boolean {
  try {
    stop?.();
    return true;
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log.write('cleanup-failed', { reason: String(error) });
    process.stderr.write(`${name}: ${text}\n`);
    return false;
  }
}

const OPTIONS = {
  config: { type: 'string' },
  events: { type: 'string' },
  block: { type: 'string' },
  ready: { type: 'string' },
  node: { type: 'string' },
  state: { type: 'string' },
  level: { type: 'string' },
  check: { type: 'boolean' },
} as const;
type Options = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

function readOptions(name: string, purpose: string): Options {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.length === 0) {
    process.stdout.write(helpText(name, purpose));
    process.exit(args.length === 0 ? 2 : 0);
  }
  try {
    return parseArgs({ args, options: OPTIONS }).values;
  } catch (error) {
    return fail(name, `${(error as Error).message.split('. ')[0]}: see --help`);
  }
}

function blockOf(name: string, given: string | undefined): number | undefined {
  if (given === undefined || /^\d{1,9}$/.test(given)) return given === undefined ? undefined : Number(given);
  return fail(name, `--block takes a whole number, not '${given}'`);
}

function levelOption(name: string, given: string | undefined): Level | undefined {
  if (given === undefined || isLevel(given)) return given;
  return fail(name, `--level takes one of ${levels.join(', ')}, not '${given}'`);
}

function helpText(name: string, purpose: string): string {
  return `${name}: ${purpose}

  --config FILE   configuration, JSON (required)
  --node NAME     name of this node in the event log (default: ${name})
  --events FILE   event log, JSON lines appended (default: standard error)
  --block OCTETS  events are written when so many octets have come together (default: 16384); 0: each at once
  --level LEVEL   writes events of this weight and above: error, warning, info or debug (default: debug, which is all)
  --ready FILE    gets one line when the node serves
  --state FILE    keeps what must outlive the process: counters of ESP associations; beside it, a home agent's bindings and a
                  contact node's term (default: nothing is kept)
  --check         only check the configuration: status 0 when it is good, 2 with the names of wrong fields when not
  --help          this text
SIGHUP makes a program open its event log again, and a member or a name server's agent read the keys in its configuration again; without --events
and without a service manager it is to other programs what SIGTERM is.
SIGTERM ends the node and removes all kernel state that it made; a contact node with backups hands the address over first. SIGUSR2 makes a
daemon compare what the kernel holds with what it should hold, and tell in the log (kernel-checked) what is wrong.
`;
}

function fail(name: string, message: string): never {
  process.stderr.write(`${name}: ${message}\n`);
  process.exit(2);
}
