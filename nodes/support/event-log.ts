import { closeSync, openSync, writeSync } from 'node:fs';
import { realtimeNs } from '../../linux/clock.ts';

export type EventFields = Readonly<Record<string, string | number | boolean>>;

/** What writes events: a log, or a part of one. */
export type EventWriter = Pick<EventLog, 'write'>;

/** Octets that are collected before they are written; with 0 every line is written at once. */
const BLOCK_OCTETS = 16 * 1024;
/** By number: it may be a socket, which has no name to open. */
const STANDARD_ERROR = 2;

/**
 * A node's structured event log: one JSON object a line, `t` in nanoseconds of CLOCK_REALTIME (the capture's clock) as a
 * decimal string. Lines are collected and written in blocks, since a system call is the dearest thing in the lab;
 * `close` (and the exit handler) writes the rest.
 */
export class EventLog {
  readonly #node: string;
  readonly #fd: number;
  readonly #flushAt: number;
  #lines: string[] = [];
  #size = 0;
  #open = true;

  /** Without `path`: standard error, and every line at once, for somebody reads along. */
  constructor(node: string, path: string | undefined, blockOctets = BLOCK_OCTETS) {
    this.#node = node;
    this.#fd = path === undefined ? STANDARD_ERROR : openSync(path, 'a');
    this.#flushAt = path === undefined ? 0 : blockOctets;
    process.on('exit', () => this.close());
  }

  /** Writes under another name: that of one of several nodes that this process is. */
  as(node: string): EventWriter {
    return { write: (event, fields) => this.write(event, { node, ...fields }) };
  }

  write(event: string, fields: EventFields = {}): void {
    if (!this.#open) return;
    const line = `${JSON.stringify({ t: String(realtimeNs()), node: this.#node, event, ...fields })}\n`;
    this.#lines.push(line);
    this.#size += line.length;
    if (this.#size >= this.#flushAt) this.flush();
  }

  flush(): void {
    if (this.#lines.length > 0) writeSync(this.#fd, this.#lines.join(''));
    this.#lines = [];
    this.#size = 0;
  }

  close(): void {
    if (!this.#open) return;
    this.flush();
    this.#open = false;
    if (this.#fd !== STANDARD_ERROR) closeSync(this.#fd);
  }
}
