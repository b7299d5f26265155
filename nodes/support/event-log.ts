import { closeSync, openSync, writeSync } from 'node:fs';
import { realtimeNs } from '../../linux/clock.ts';
import { isWanted, type Level, levelOf, syslogPriorities } from './event-levels.ts';

export type EventFields = Readonly<Record<string, string | number | boolean>>;

/** What writes events: a log, or a part of one. */
export type EventWriter = Pick<EventLog, 'write'>;

/** Octets that are collected before they are written; with 0 every line is written at once. */
const BLOCK_OCTETS = 16 * 1024;
/** By number: it may be a socket, which has no name to open. */
export const STANDARD_ERROR = 2;

interface EventLogOptions {
  /** see BLOCK_OCTETS, the default */
  readonly blockOctets?: number | undefined;
  /** default: all events */
  readonly level?: Level | undefined;
  /** standard error is the journal of a service manager, which reads a line's weight in front of it */
  readonly toJournal?: boolean;
}

/**
 * A node's structured event log: one JSON object a line, `t` in nanoseconds of CLOCK_REALTIME (the capture's clock) as a
 * decimal string. Lines are collected and written in blocks, since a system call is the dearest thing in the lab;
 * `close` (and the exit handler) writes the rest.
 */
export class EventLog {
  readonly #node: string;
  readonly #path: string | undefined;
  readonly #options: EventLogOptions;
  readonly #flushAt: number;
  #fd: number;
  #lines: string[] = [];
  #size = 0;
  #open = true;

  /** Without `path`: standard error, and every line at once, for somebody reads along. */
  constructor(node: string, path: string | undefined, options: EventLogOptions = {}) {
    const { blockOctets = BLOCK_OCTETS } = options;
    this.#node = node;
    this.#path = path;
    this.#options = options;
    this.#fd = path === undefined ? STANDARD_ERROR : openSync(path, 'a');
    this.#flushAt = path === undefined ? 0 : blockOctets;
    process.on('exit', () => this.close());
  }

  /** Writes under another name: that of one of several nodes that this process is. */
  as(node: string): EventWriter {
    return { write: (event, fields) => this.write(event, { node, ...fields }) };
  }

  write(event: string, fields: EventFields = {}): void {
    const { level, toJournal } = this.#options;
    if (!this.#open || (level !== undefined && !isWanted(event, level))) return;
    const weight =
      toJournal === true && this.#path === undefined ? `<${syslogPriorities[levelOf(event)]}>` : '';
    const line = `${weight}${JSON.stringify({ t: String(realtimeNs()), node: this.#node, event, ...fields })}\n`;
    this.#lines.push(line);
    this.#size += line.length;
    if (this.#size >= this.#flushAt) this.flush();
  }

  flush(): void {
    if (this.#lines.length > 0) writeSync(this.#fd, this.#lines.join(''));
    this.#lines = [];
    this.#size = 0;
  }

  /** It is a file, which somebody may have moved away. */
  get isFile(): boolean {
    return this.#path !== undefined;
  }

  /** Goes on in the file that has the log's name now; in the old one, with an event about it, when there can be none. */
  reopen(): void {
    if (this.#path === undefined || !this.#open) return;
    this.flush();
    let next: number;
    try {
      next = openSync(this.#path, 'a');
    } catch (error) {
      this.write('log-not-reopened', { reason: String(error) });
      return;
    }
    closeSync(this.#fd);
    this.#fd = next;
  }

  close(): void {
    if (!this.#open) return;
    this.flush();
    this.#open = false;
    if (this.#fd !== STANDARD_ERROR) closeSync(this.#fd);
  }
}
