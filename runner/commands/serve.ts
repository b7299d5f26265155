import { createInterface } from 'node:readline';
import { type Command, Option } from 'commander';
import { type Clock, clocks } from '../../experiments/experiment.ts';
import type { OrderedHandoff } from '../../experiments/own-server.ts';
import type { CaptureMode } from '../lab-body.ts';
import { bundleApplication } from '../own-files/bundle-application.ts';
import { networkCalled } from '../own-files/own-network.ts';
import { serveClient } from '../serve/serve-client.ts';
import { servePrompt } from '../serve/serve-prompt.ts';
import { UsageError } from '../usage-error.ts';
import { collect, wholeNumber } from './arguments.ts';
import { numbersSet } from './topology.ts';

interface ServeFlags {
  readonly topology: string;
  readonly set: readonly string[];
  readonly client?: string;
  readonly handoff: readonly OrderedHandoff[];
  readonly options?: unknown;
  readonly clock: Clock;
  readonly seed: number;
  readonly capture: Exclude<CaptureMode, 'none'>;
  readonly out?: string;
}

/** `serve FILE`: one's own server on every member in the lab; with `--client` a command on the client, else a prompt. */
export function addServeCommand(program: Command, signal: AbortSignal): void {
  program
    .command('serve')
    .description(
      'your own server application on every member in the lab, and a command on the client, or a prompt',
    )
    .argument('<file>', 'TypeScript or JavaScript; see docs/serve.md')
    .option('--topology <topology>', 'see `topology list`, or a file of your own', 'fig9')
    .option('--set <name=value>', 'a parameter of the network', collect, [])
    .option(
      '--client <command>',
      'for bash on the client, where the server is http://contact:8080; without it: a prompt',
    )
    .option(
      '--handoff <ms[:member]>',
      'after so many ms the clients go to this member, or to the next one',
      handoffs,
      [],
    )
    .option('--options <json>', 'what the function in your file is given', json)
    .addOption(
      new Option(
        '--clock <clock>',
        'virtual: processors are infinitely fast; elastic: only waiting is free; wall',
      )
        .choices(clocks)
        .default('virtual'),
    )
    .option('--seed <n>', 'seed of all randomness', wholeNumber('--seed', 0), 1)
    .addOption(
      new Option('--capture <what>', 'how much of each packet is kept')
        .choices(['headers', 'full'])
        .default('headers'),
    )
    .option('--out <dir>', 'with --client: capture, events and output (default: out/serve)')
    .action((file: string, flags: ServeFlags) => serve(file, flags, signal));
}

async function serve(file: string, flags: ServeFlags, signal: AbortSignal): Promise<void> {
  const { client, topology, set, options, handoff, out, ...rest } = flags;
  const settings = numbersSet(set);
  const bundled = await bundleApplication(file, 'serve');
  const application = { ...bundled, ...(options === undefined ? {} : { options }) };
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const server = {
    application,
    topology: (await networkCalled(topology, '--topology')).name,
    settings,
    signal,
    log,
    ...rest,
  };
  if (client?.trim() === '')
    throw new UsageError(
      '--client',
      client,
      'is empty',
      "give a command: --client 'curl http://contact:8080/'",
    );
  if (client !== undefined) {
    const done = await serveClient({ ...server, client, handoffs: handoff, out: out ?? 'out/serve' });
    process.exitCode = done ? 0 : 1;
    return;
  }
  if (out !== undefined)
    throw new UsageError('--out', out, 'has no meaning at a prompt', 'give a --client as well');
  if (handoff.length > 0) {
    const remedy = 'give a --client as well, or type `handoff node2` at the prompt';
    throw new UsageError('--handoff', String(handoff[0]!.atMs), 'has no meaning at a prompt', remedy);
  }
  process.exitCode = await servePrompt({ ...server, lines: () => createInterface({ input: process.stdin }) });
}

function handoffs(text: string, previous: readonly OrderedHandoff[]): readonly OrderedHandoff[] {
  const [, ms, to] = /^(\d{1,9})(?::([A-Za-z][A-Za-z0-9]*))?$/.exec(text) ?? [];
  if (ms === undefined)
    throw new UsageError('--handoff', text, 'is no handoff', 'give ms and perhaps a member: 500, 500:node2');
  return [...previous, { atMs: Number(ms), ...(to === undefined ? {} : { to }) }];
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError('--options', text, 'is no JSON', 'write for example --options \'{"turn": 3}\'');
  }
}
