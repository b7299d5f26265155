import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { drawSvg, drawText } from '../../topologies/draw.ts';
import { topologies } from '../../topologies/index.ts';
import { mininetScript } from '../../topologies/mininet.ts';
import type { Topology } from '../../topologies/topology.ts';
import { networkCalled } from '../own-files/own-network.ts';
import { UsageError } from '../usage-error.ts';
import { collect } from './arguments.ts';

interface TopologyFlags {
  readonly set: readonly string[];
  readonly format?: 'text' | 'svg';
  readonly out?: string;
}

/** `topology list`, `topology show NAME`, `topology mininet NAME`. */
export function addTopologyCommand(program: Command): void {
  const group = program.command('topology').description('the networks: list, picture, Mininet script');
  group.command('list').description('networks and their parameters').action(list);
  withOutput(group.command('show').description('picture of a network: machines, links, latencies'))
    .addOption(new Option('--format <format>', 'how').choices(['text', 'svg']).default('text'))
    .action(async (name: string, flags: TopologyFlags) =>
      print(flags, (flags.format === 'svg' ? drawSvg : drawText)(await topologyNamed(name, flags.set))),
    );
  withOutput(
    group.command('mininet').description('a Python script that builds the same network in Mininet'),
  ).action(async (name: string, flags: TopologyFlags) =>
    print(flags, mininetScript(await topologyNamed(name, flags.set))),
  );
}

/**
 * The network of that name, or in that file, with its parameters set, one value each. Throws UsageError for a `--set` that is no number,
 * TopologyError (exit status 2 as well) for an unknown network or parameter and for a network that cannot be.
 */
export async function topologyNamed(name: string, settings: readonly string[]): Promise<Topology> {
  const parameters = numbersSet(settings);
  return (await networkCalled(name)).build(parameters);
}

/** `--set` of a network: one number for each name. Throws UsageError. */
export function numbersSet(settings: readonly string[]): Readonly<Record<string, number>> {
  const parameters: Record<string, number> = {};
  for (const setting of settings) {
    const [, key, text] = /^([^=]+)=(.*)$/.exec(setting) ?? [];
    if (key === undefined || text === undefined)
      throw new UsageError('--set', setting, 'is not name=value', 'write for example --set cs1Ms=40');
    if (Object.hasOwn(parameters, key))
      throw new UsageError('--set', setting, 'sets the same name twice', 'a network has one value for each');
    if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text))
      throw new UsageError(key, text, 'is not a number', 'write one plain number such as 40 or 2.5');
    parameters[key] = Number(text);
  }
  return parameters;
}

function withOutput(command: Command): Command {
  return command
    .argument('<name>', 'see `topology list`, or a file of your own')
    .option('--set <name=value>', 'a parameter of the network', collect, [])
    .option('--out <file>', 'write to this file instead of standard output');
}

function list(): void {
  for (const { name, description, defaults } of Object.values(topologies)) {
    const parameters = Object.entries(defaults).map(([key, value]) => `${key}=${value}`);
    process.stdout.write(`${name}: ${description}\n  --set ${parameters.join(' ')}\n`);
  }
}

async function print({ out }: TopologyFlags, text: string): Promise<void> {
  if (out === undefined) {
    process.stdout.write(text);
    return;
  }
  await writeFile(out, text).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError('--out', out, `cannot be written (${reason})`, 'name a file in an existing folder');
  });
}
