import { EventLog } from '../support/event-log.ts';
import type { startNode } from '../support/node-process.ts';
import { wasApplications } from './application-guard.ts';
import type { MemberConfig } from './member-fields.ts';

type MemberNode = ReturnType<typeof startNode<MemberConfig>>;

/** What a member is given by the process that it is a part of. */
interface EmbeddingOptions {
  readonly config: MemberConfig;
  /** file that events are appended to */
  readonly events: string;
  readonly name: string;
  readonly state: string | undefined;
}

let embedding: Embedding | undefined;

/** This process as the member's: it has no command line and no signals of its own, and is not ended by the member. */
class Embedding {
  readonly node: MemberNode;
  readonly serving: Promise<void>;
  readonly #log: EventLog;
  #stop: (() => void) | undefined;
  #leave: ((done: () => void) => void) | undefined;
  #closed: Promise<void> | undefined;

  constructor({ config, events, name, state }: EmbeddingOptions) {
    const serving = Promise.withResolvers<void>();
    this.serving = serving.promise;
    this.#log = new EventLog(name, events, { blockOctets: 0 });
    this.node = {
      config,
      log: this.#log,
      statePath: state,
      ready: () => {
        this.#log.write('ready');
        serving.resolve();
      },
      onReload: () => undefined,
      onLeave: (leave) => {
        this.#leave = leave;
      },
      onStop: (stop) => {
        this.#stop = stop;
      },
      end: (status) => serving.reject(new Error(`the member has ended with status ${status}`)),
    };
    process.on('uncaughtException', this.#uncaught);
  }

  /** Its clients are handed off, its contact address is handed over, what it has made in the kernel goes. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    if (this.#leave !== undefined) await new Promise<void>((resolve) => this.#leave?.(resolve));
    this.#takeBack();
  }

  #takeBack(): void {
    process.off('uncaughtException', this.#uncaught);
    const stop = this.#stop;
    this.#stop = undefined;
    stop?.();
    this.#log.close();
  }

  /** An application's errors are its connections' end; any other is the process's own, and its end unless it listens itself. */
  readonly #uncaught = (error: unknown): void => {
    if (wasApplications(error) || process.listenerCount('uncaughtException') > 1) return;
    this.#takeBack();
    throw error;
  };
}

/** The embedding that the member of this process is started for; undefined in a process of its own. */
export function embedded(): Embedding | undefined {
  return embedding;
}

export function embed(options: EmbeddingOptions): Embedding {
  embedding = new Embedding(options);
  return embedding;
}
