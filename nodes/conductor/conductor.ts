import { spawn } from 'node:child_process';
import { atInstant } from '../support/at-instant.ts';
import type { EventFields, EventLog } from '../support/event-log.ts';
import { machineMs } from '../support/monotonic.ts';
import { repetitionStart } from '../support/repetition-start.ts';
import { ConductedProcess, type Ending } from './conducted-process.ts';
import type { ConductorConfig, ConductorStep } from './conductor-config.ts';
import { cutScript, healScript } from './partition.ts';
import { Readiness } from './readiness.ts';

/** `failed`: a client did not do what it should; `broken`: the lab is not what was asked for, nothing may be measured in it. */
export type Outcome = 'good' | 'failed' | 'broken';

/** of a client, of a command, and of a daemon that leaves */
const defaultLimitMs = 600_000;
const KILLED = 128 + 9;
const TERMINATED = 128 + 15;

/** Starts the daemons that may be disturbed, disturbs them by a schedule, and runs the clients meanwhile. */
export class Conductor {
  readonly #config: ConductorConfig;
  readonly #log: EventLog;
  readonly #processes: ReadonlyMap<string, ConductedProcess>;
  readonly #readiness: Readiness;
  /** daemons in the order of their last start */
  readonly #started: ConductedProcess[] = [];
  readonly #clients = new Set<string>();
  /** daemons that have said so since their last start */
  readonly #serving = new Set<string>();
  readonly #underWay = new Set<Promise<void>>();
  #outcome: Outcome = 'good';

  /** Throws LabError when the FIFO cannot be made. */
  constructor(config: ConductorConfig, log: EventLog) {
    this.#config = config;
    this.#log = log;
    this.#processes = new Map(
      Object.entries(config.processes).map(([name, command]) => [
        name,
        new ConductedProcess(name, command, config.outputFolder, (ending) => this.#onEnd(name, ending)),
      ]),
    );
    this.#readiness = new Readiness(config.readyPath, (name) => {
      this.#serving.add(name);
      log.write('process-ready', { target: name });
    });
  }

  /** Names in the schedule that no process has. */
  static unknownIn({ processes, daemons, steps }: ConductorConfig): readonly string[] {
    const ofProcesses = steps.filter(({ action }) =>
      ['start', 'crash', 'leave', 'run', 'inspect'].includes(action),
    );
    const named = [...daemons.flat(), ...ofProcesses.map(({ target }) => target)];
    return [...new Set(named)].filter((name) => !Object.hasOwn(processes, name));
  }

  async conduct(): Promise<Outcome> {
    if (await this.#startDaemons()) await this.#runSchedule();
    await this.#stopDaemons();
    this.#readiness.close();
    return this.#outcome;
  }

  /** Ends everything at once. */
  abort(): void {
    for (const process of this.#processes.values()) process.signal('SIGKILL');
  }

  async #startDaemons(): Promise<boolean> {
    for (const stage of this.#config.daemons) {
      const ready = this.#readiness.all(stage, this.#config.readyMs);
      for (const name of stage) this.#start(name);
      const late = await ready;
      if (late.length === 0) continue;
      this.#log.write('not-ready', { targets: late.join(' ') });
      this.#outcome = 'broken';
      return false;
    }
    return true;
  }

  async #runSchedule(): Promise<void> {
    const { periodMs, steps, lingerMs } = this.#config;
    await repetitionStart(periodMs, periodMs);
    const origin = machineMs();
    this.#log.write('schedule-started', { steps: steps.length });
    for (const [index, step] of steps.toSorted((a, b) => a.atMs - b.atMs).entries()) {
      await atInstant(origin + step.atMs);
      this.#carryOut(index, step);
    }
    // Steps and clients under way may bring no further ones.
    await Promise.all(this.#underWay);
    await atInstant(machineMs() + lingerMs);
    this.#log.write('schedule-finished');
  }

  #carryOut(index: number, step: ConductorStep): void {
    const { action, target, repetition } = step;
    const fields = { index, action, target, ...(repetition === undefined ? {} : { repetition }) };
    this.#log.write('step', fields);
    const done = this.#act(step)
      .catch((error: unknown) => {
        this.#outcome = 'broken';
        return { failed: String(error) };
      })
      .then((more) => {
        this.#log.write('step-done', { ...fields, ...more });
        this.#underWay.delete(done);
      });
    this.#underWay.add(done);
  }

  async #act(step: ConductorStep): Promise<EventFields> {
    switch (step.action) {
      case 'start':
        return this.#restart(step.target);
      case 'run':
        return this.#runClient(step.target);
      case 'crash':
        return this.#end(step.target, 'SIGKILL');
      case 'leave':
        return this.#end(step.target, 'SIGTERM');
      case 'inspect':
        return this.#inspect(step.target);
      case 'mark':
        return {};
      case 'cut':
        return this.#command(step.target, ['nft', cutScript(step.addresses)]);
      case 'heal':
        return this.#command(step.target, ['nft', healScript]);
      case 'command':
        return this.#command(step.target, step.command, step.limitMs);
    }
  }

  /** A daemon that has been told to end is waited for. */
  async #restart(name: string): Promise<EventFields> {
    const daemon = this.#processes.get(name)!;
    if (daemon.ending) await daemon.ended;
    return this.#start(name);
  }

  #start(name: string): EventFields {
    const daemon = this.#processes.get(name)!;
    if (daemon.running) return { skipped: 'it runs already' };
    const before = this.#started.indexOf(daemon);
    if (before >= 0) this.#started.splice(before, 1);
    this.#started.push(daemon);
    this.#serving.delete(name);
    daemon.start();
    return {};
  }

  /** In the middle of its start or its end a daemon does not know yet, or no longer, what to say. */
  #inspect(name: string): EventFields {
    const daemon = this.#processes.get(name)!;
    if (daemon.ending || !this.#serving.has(name) || !daemon.inspect())
      return { skipped: 'it does not serve' };
    return {};
  }

  async #runClient(name: string): Promise<EventFields> {
    const client = this.#processes.get(name)!;
    if (client.running) return { skipped: 'it runs already' };
    this.#clients.add(name);
    client.start();
    const { limitMs = defaultLimitMs } = client.command;
    const timer = setTimeout(() => {
      this.#log.write('client-too-slow', { target: name });
      client.signal('SIGKILL');
    }, limitMs);
    await client.ended;
    clearTimeout(timer);
    return {};
  }

  async #end(name: string, signal: 'SIGKILL' | 'SIGTERM'): Promise<EventFields> {
    const process = this.#processes.get(name)!;
    if (!process.signal(signal)) return { skipped: 'it does not run' };
    await this.#endedWithin(process, process.command.limitMs ?? defaultLimitMs);
    return {};
  }

  #command(host: string, command: readonly string[], limitMs = defaultLimitMs): Promise<EventFields> {
    const child = spawn('nsenter', [`--net=/run/netns/${host}`, ...command], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return new Promise((resolve) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
      const end = (status: number): void => {
        clearTimeout(timer);
        if (status !== 0) this.#outcome = 'broken';
        resolve({ status });
      };
      child.once('error', () => end(127));
      child.once('exit', (status) => end(status ?? KILLED));
    });
  }

  #onEnd(name: string, { status, asked }: Ending): void {
    const isClient = this.#clients.has(name);
    const good = isClient ? status === 0 : asked && this.#isGood(name, status);
    this.#log.write('process-ended', { target: name, status, asked, good });
    if (good) return;
    if (!isClient) this.#outcome = 'broken';
    else if (this.#outcome === 'good' && !this.#processes.get(name)!.command.mayFail)
      this.#outcome = 'failed';
  }

  /** Of a daemon that was told to end; in the middle of its start it does not know yet how to end well. */
  #isGood(name: string, status: number): boolean {
    return status === 0 || status === KILLED || (status === TERMINATED && !this.#serving.has(name));
  }

  /** Last started, first ended. */
  async #stopDaemons(): Promise<void> {
    for (const daemon of this.#started.toReversed())
      if (daemon.signal('SIGTERM')) await this.#endedWithin(daemon, this.#config.stopMs);
  }

  async #endedWithin(daemon: ConductedProcess, limitMs: number): Promise<void> {
    const timer = setTimeout(() => {
      this.#log.write('daemon-too-slow', { target: daemon.name });
      this.#outcome = 'broken';
      daemon.signal('SIGKILL');
    }, limitMs);
    await daemon.ended;
    clearTimeout(timer);
  }
}
