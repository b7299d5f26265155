import { spawnSync } from 'node:child_process';
import { constants, openSync } from 'node:fs';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { LabError } from '../../linux/lab-error.ts';

/** The FIFO to which daemons write their names when they serve. */
export class Readiness {
  readonly #waiting = new Map<string, () => void>();
  readonly #socket: net.Socket;

  /** `onReady` is called with each name, whether it is waited for or not. Throws LabError when there can be no FIFO at `path`. */
  constructor(path: string, onReady: (name: string) => void) {
    const made = spawnSync('mkfifo', [path], { encoding: 'utf8' });
    if (made.status !== 0)
      throw new LabError('no FIFO for the daemons’ readiness', {
        command: `mkfifo ${path}`,
        stderr: made.stderr,
      });
    // Open for writing too: so it does not end with a writer.
    const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    this.#socket = new net.Socket({ fd, readable: true, writable: false });
    createInterface({ input: this.#socket }).on('line', (name) => {
      onReady(name);
      this.#waiting.get(name)?.();
      this.#waiting.delete(name);
    });
  }

  /** Resolves with the names that are not ready after `limitMs`: none of them when all are. Call it before they start. */
  async all(names: readonly string[], limitMs: number): Promise<readonly string[]> {
    const late = new Set(names);
    const ready = names.map(
      (name) =>
        new Promise<void>((resolve) =>
          this.#waiting.set(name, () => {
            late.delete(name);
            resolve();
          }),
        ),
    );
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    await Promise.race([Promise.all(ready), limit]);
    clearTimeout(timer);
    return [...late];
  }

  close(): void {
    this.#socket.destroy();
  }
}
