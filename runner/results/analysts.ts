import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { analyzeCell } from '../../analysis/analyze-cell.ts';
import type { Sample } from '../../analysis/sample.ts';
import { digestOf } from '../cells/cell-store.ts';

type Measures = Parameters<typeof analyzeCell>[1];
/** What a thread can be told of a measure: not the function of one of the user's own. */
type Told = readonly { readonly name: string; readonly unit: string }[];
export type Order = { readonly folder: string; readonly measures: Told } | { readonly file: string };
export type Answer = { readonly result: unknown } | { readonly failed: true };

/**
 * So many labs one thread feeds: the capture of a session takes an eighth of what the lab takes for it (docs/speed.md). As few labs as
 * this thread can feed itself have it to themselves: a thread's start costs as much as the analysis of thirty sessions.
 */
const labsPerThread = 4;

interface Thread {
  readonly worker: Worker;
  /** it has an order, or is about to get one */
  busy: boolean;
  /** to whoever gave the order */
  answer: (answer: Answer) => void;
}

/**
 * Reads captures: on threads of their own where there are many labs, which this thread could not feed with its hands full. A thread has
 * one order at a time, so no more captures are in memory than there are threads.
 */
export class Analysts implements AsyncDisposable {
  readonly #most: number;
  readonly #threads: Thread[] = [];
  readonly #waiting: ((thread: Thread) => void)[] = [];

  /** `most`: threads at the same time; 0: everything is done on this one. */
  constructor(most: number) {
    this.#most = most;
  }

  /** As many as `jobs` labs at the same time need. */
  static forLabs(jobs: number): Analysts {
    return new Analysts(jobs <= labsPerThread ? 0 : Math.ceil(jobs / labsPerThread));
  }

  /** As many as this machine's processors keep busy: for results folders that are read again. */
  static forFolders(): Analysts {
    const processors = availableParallelism();
    return new Analysts(processors > 1 ? processors : 0);
  }

  get threads(): number {
    return this.#most;
  }

  /** How many orders are worked on at the same time. */
  get width(): number {
    return Math.max(1, this.#most);
  }

  /** See `analyzeCell`. Measures that are functions stay on this thread. */
  async analyze(folder: string, measures: Measures): Promise<Sample[]> {
    const own = measures.some(({ from }) => from !== undefined);
    if (own) return analyzeCell(folder, measures);
    const told = measures.map(({ name, unit }) => ({ name, unit }));
    return (await this.#ask<Sample[]>({ folder, measures: told })) ?? analyzeCell(folder, measures);
  }

  /** See `digestOf`. */
  async digest(file: string): Promise<string> {
    return (await this.#ask<string>({ file })) ?? digestOf(file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  /** Undefined where it has to be done here. */
  async #ask<Result>(order: Order): Promise<Result | undefined> {
    if (this.#most === 0) return undefined;
    const thread = await this.#take();
    const { promise, resolve } = Promise.withResolvers<Answer>();
    thread.answer = resolve;
    // A thread keeps the process alive only while it has an order.
    thread.worker.ref();
    thread.worker.postMessage(order);
    const answer = await promise;
    thread.worker.unref();
    this.#release(thread);
    return 'failed' in answer ? undefined : (answer.result as Result);
  }

  #take(): Promise<Thread> {
    const idle = this.#threads.find(({ busy }) => !busy);
    if (idle !== undefined) idle.busy = true;
    const thread = idle ?? (this.#threads.length < this.#most ? this.#start() : undefined);
    return thread === undefined
      ? new Promise((resolve) => this.#waiting.push(resolve))
      : Promise.resolve(thread);
  }

  #release(thread: Thread): void {
    const next = this.#waiting.shift();
    if (next === undefined) thread.busy = false;
    else next(this.#threads.includes(thread) ? thread : this.#start());
  }

  #start(): Thread {
    const worker = new Worker(new URL(`./analyst-thread${extname(import.meta.filename)}`, import.meta.url));
    const thread: Thread = { worker, busy: true, answer: () => undefined };
    worker.on('message', (answer: Answer) => thread.answer(answer));
    // A thread that ends (out of memory, by a fault) has given no answer: whoever gave the order does it.
    worker.on('error', () => thread.answer({ failed: true }));
    worker.on('exit', () => {
      thread.answer({ failed: true });
      this.#threads.splice(this.#threads.indexOf(thread), 1);
    });
    this.#threads.push(thread);
    return thread;
  }
}
