import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';

/** The processors that this process may run on, by number: a container may have others than 0, 1, …; empty if unknown. */
export function allowedProcessors(status = readStatus()): readonly number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '';
  return list.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number);
    if (part === '' || first === undefined || last === undefined) return [];
    return Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
  });
}

/**
 * Processors that this run has and no other of this machine: two shards that a batch system starts on one node with the same affinity
 * would otherwise pin their first labs to the same one. A processor is held by an abstract socket of its name (unix(7)), which goes with
 * the process that holds it, however it ends; runs in other network namespaces are not seen.
 */
export class OwnProcessors implements Disposable {
  readonly #allowed: readonly number[];
  readonly #held: ReadonlyMap<number, Server>;

  private constructor(allowed: readonly number[], held: ReadonlyMap<number, Server>) {
    this.#allowed = allowed;
    this.#held = held;
  }

  /** Takes up to `count` of the allowed processors that no other run has; `name`: what the abstract sockets' names begin with. */
  static async take(
    count: number,
    allowed: readonly number[] = allowedProcessors(),
    name = 'handoff-lab',
  ): Promise<OwnProcessors> {
    const held = new Map<number, Server>();
    for (const processor of allowed) {
      if (held.size >= count) break;
      const holder = await hold(`\0${name}-processor-${processor}`);
      if (holder !== undefined) held.set(processor, holder);
    }
    return new OwnProcessors(allowed, held);
  }

  /** The processor on which this worker's labs run; workers count from 0. This run's own ones come first, then such as other runs use too; undefined if none is known. */
  of(worker: number): number | undefined {
    const own = [...this.#held.keys()];
    const shared = this.#allowed.filter((processor) => !this.#held.has(processor));
    const all = [...own, ...shared];
    return all[worker % Math.max(1, all.length)];
  }

  [Symbol.dispose](): void {
    for (const holder of this.#held.values()) holder.close();
  }
}

/** Undefined where another process holds the name, or the system has no such names. */
async function hold(name: string): Promise<Server | undefined> {
  const server = createServer((connection) => connection.destroy());
  server.unref();
  server.listen(name);
  return once(server, 'listening').then(
    () => server,
    () => undefined,
  );
}

function readStatus(): string {
  return readFileSync('/proc/self/status', 'utf8');
}
