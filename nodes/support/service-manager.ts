import { fstatSync } from 'node:fs';
import { LabError } from '../../linux/lab-error.ts';
import { sendToUnixSocket } from '../../linux/notify-socket.ts';

/** What service managers set for those that they start (sd_notify(3), sd_watchdog_enabled(3)). */
type Environment = Record<string, string | undefined>;

type Tell = (event: string, fields: { readonly reason: string }) => void;

/** Signs in the time that the service manager waits for one. */
const SIGNS_A_TIME = 3;

/**
 * The service manager that has started this process, if one has. It is told when the process serves, reads its configuration again and
 * ends, and at its wish that the process is alive. Nothing is sent and no timer runs without one. What it has set in `environment` is taken out.
 */
export class ServiceManager {
  #socket: string | undefined;
  readonly #log: Tell;
  readonly #watchdogMs: number | undefined;
  #serves = false;
  #signs: NodeJS.Timeout | undefined;

  constructor(log: Tell, environment: Environment = process.env, pid: number = process.pid) {
    this.#log = log;
    const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID } = environment;
    this.#socket = NOTIFY_SOCKET === '' ? undefined : NOTIFY_SOCKET;
    const isAsked = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === pid;
    const ms = Number(WATCHDOG_USEC) / 1000;
    this.#watchdogMs = this.#socket !== undefined && isAsked && ms > 0 ? ms : undefined;
    // Programs that this one starts, as NSD does, would speak for it (sd_notify(3): unset_environment).
    for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete environment[name];
  }

  get isThere(): boolean {
    return this.#socket !== undefined;
  }

  /** The program serves. */
  ready(): void {
    this.#serves = true;
    this.#say('READY=1\nSTATUS=serves');
    if (this.#watchdogMs !== undefined && this.#signs === undefined)
      this.#signs = setInterval(() => this.#say('WATCHDOG=1'), this.#watchdogMs / SIGNS_A_TIME).unref();
  }

  /** Runs `reload`; who does not serve yet is not ready behind it either. */
  reloading(reload: () => void): void {
    if (this.#serves) this.#say(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
    reload();
    if (this.#serves) this.#say('READY=1');
  }

  /** It ends, in its own time. */
  stopping(): void {
    this.#say('STOPPING=1\nSTATUS=leaves');
  }

  #say(text: string): void {
    if (this.#socket === undefined) return;
    try {
      sendToUnixSocket(this.#socket, text);
    } catch (error) {
      // A manager that is gone is no reason to end; it is told once.
      if (!(error instanceof LabError)) throw error;
      this.#socket = undefined;
      clearInterval(this.#signs);
      this.#log('not-notified', { reason: error.stderr ?? error.message });
    }
  }
}

/** Whether a descriptor is the service manager's journal: the one with the device and inode in JOURNAL_STREAM (systemd.exec(5)). */
export function isJournal(descriptor: number, environment: Environment = process.env): boolean {
  const { JOURNAL_STREAM } = environment;
  if (JOURNAL_STREAM === undefined) return false;
  const { dev, ino } = fstatSync(descriptor);
  return JOURNAL_STREAM === `${dev}:${ino}`;
}
