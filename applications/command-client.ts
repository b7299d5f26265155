import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, closeSync, constants, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { ms, positiveMs } from '../nodes/support/config-numbers.ts';
import { startNode } from '../nodes/support/node-process.ts';
import { repetitionSettings, runRepetitions } from '../nodes/support/repetitions.ts';
import { strictObject } from '../nodes/support/strict-object.ts';

/** A client that is a command of the user's own; it knows nothing of Mobile IPv6. */
const node = startNode(
  'command-client',
  'runs a command, again and again, and keeps what it prints; asks members for handoffs meanwhile',
  strictObject({
    /** for bash */
    command: z.string(),
    /** where it runs; default: where this program does */
    folder: z.optional(z.string()),
    /** beside what the lab's programs have */
    environment: z.record(z.string(), z.string()),
    /** handoffs that are ordered, `atMs` after the command's start: the line goes into all these FIFOs */
    orders: z.array(strictObject({ atMs: ms, line: z.string() })),
    fifos: z.array(z.string()),
    ...repetitionSettings,
    /** folder for what the command prints, `client-<repetition>.out` and `.err` */
    outputFolder: z.string(),
    /** a command that takes longer is ended, and the repetition has failed */
    timeoutMs: positiveMs,
    /** after the last repetition: time for both ends to finish with connections before the network goes away */
    lingerMs: ms,
  }),
);

async function runOne(repetition: number): Promise<boolean> {
  const { outputFolder } = node.config;
  const [out, err] = ['out', 'err'].map((kind) => join(outputFolder, `client-${repetition}.${kind}`));
  node.log.write('repetition-started', { repetition });
  const stdio = [out!, err!].map((path) => openSync(path, 'w'));
  const timers: NodeJS.Timeout[] = [];
  const problem = await ended(start(stdio, timers, repetition));
  for (const timer of timers) clearTimeout(timer);
  for (const descriptor of stdio) closeSync(descriptor);
  const printed = readFileSync(out!);
  const sha256 = createHash('sha256').update(printed).digest('hex');
  const ok = problem === '';
  // What a command prints is not what came over its connection: nobody counts that here.
  const told = { bytes: printed.length, sha256, expected: sha256, counted: false };
  node.log.write('repetition-finished', { repetition, ...told, ok, problem });
  return ok;
}

/** Runs the command in a process group of its own, with what has to happen meanwhile. */
function start(stdio: readonly number[], timers: NodeJS.Timeout[], repetition: number): ChildProcess {
  const { command, folder, environment, orders, timeoutMs } = node.config;
  const child = spawn('bash', ['-c', command], {
    stdio: ['ignore', ...stdio],
    env: { ...process.env, ...environment },
    detached: true,
    cwd: placeOf(folder),
  });
  const end = (): void => {
    node.log.write('client-too-slow', { repetition, timeoutMs });
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  timers.push(setTimeout(end, timeoutMs));
  for (const { atMs, line } of orders) timers.push(setTimeout(() => order(line), atMs));
  return child;
}

/** Labs that root starts run as another user, who may have no business in a folder. */
function placeOf(folder = '/'): string {
  try {
    accessSync(folder, constants.R_OK | constants.X_OK);
    return folder;
  } catch {
    node.log.write('folder-not-readable', { folder });
    return '/';
  }
}

/** '' when it has done what it should. */
function ended(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(String(error)));
    child.once('exit', (status, signal) =>
      resolve(status === 0 ? '' : `the command ended with ${signal ?? `status ${status}`}`),
    );
  });
}

/** To every member: whoever has clients hands them off. */
function order(line: string): void {
  node.log.write('handoff-order', { acceptor: line });
  for (const fifo of node.config.fifos) {
    try {
      const descriptor = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
      writeSync(descriptor, `${line}\n`);
      closeSync(descriptor);
    } catch (error) {
      // A member that has ended reads nothing.
      node.log.write('handoff-order-unread', { fifo, reason: String(error) });
    }
  }
}

mkdirSync(node.config.outputFolder, { recursive: true });
node.ready();
runRepetitions(node.config, runOne).then((good) =>
  setTimeout(() => node.end(good ? 0 : 1), node.config.lingerMs),
);
