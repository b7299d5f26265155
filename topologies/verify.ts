import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dumpName } from './batches.ts';
import { askedFacts } from './facts.ts';
import { readFacts } from './read-facts.ts';
import { isShaped } from './shaping.ts';
import { told } from './told-by-kernel.ts';
import type { Topology } from './topology.ts';

/** A difference between the network as asked and as the kernel tells it; `String(deviation)` is one line for people. */
class Deviation {
  readonly node: string;
  /** e.g. `qdisc router-eth1 22:` */
  readonly subject: string;
  /** undefined: nobody asked for it */
  readonly asked: string | undefined;
  /** undefined: it is not there */
  readonly found: string | undefined;

  constructor(node: string, subject: string, asked: string | undefined, found: string | undefined) {
    this.node = node;
    this.subject = subject;
    this.asked = asked;
    this.found = found;
  }

  toString(): string {
    return `${this.node}: ${this.subject}: asked for ${this.asked ?? 'nothing'}, found ${this.found ?? 'nothing'}`;
  }
}

/**
 * What the read-back left in `folder` against what the topology asks: every link, address, neighbour, route, qdisc and
 * filter. A file that is missing is as good as a network that is not there.
 */
export async function compareReadBack(topology: Topology, folder: string): Promise<readonly Deviation[]> {
  const files: Record<string, string> = {};
  for (const { name } of topology.nodes) Object.assign(files, await readBackOf(name, folder));
  return deviationsOf(topology, files);
}

/** The same on texts by file name (`client.ip.json`, `router.tc.json`). */
export function deviationsOf(
  topology: Topology,
  files: Readonly<Record<string, string>>,
): readonly Deviation[] {
  return topology.nodes.flatMap(({ name }) => {
    const tcText = isShaped(topology, name) ? (files[`${name}.tc.json`] ?? '') : undefined;
    const asked = askedFacts(topology, name);
    const found = readFacts(topology, name, files[`${name}.ip.json`] ?? '', tcText);
    const subjects = [...new Set([...asked.keys(), ...found.keys()])];
    return subjects
      .map((subject) => ({ subject, states: asked.get(subject) ?? [], told: found.get(subject) }))
      .filter(({ states, told }) => told === undefined || !states.includes(told))
      .map(({ subject, states, told }) => new Deviation(name, subject, states[0], told));
  });
}

/** The words of ip and tc, from a dump or from themselves; empty where there is neither. */
async function readBackOf(node: string, folder: string): Promise<Readonly<Record<string, string>>> {
  const dump = await readFile(join(folder, dumpName(node))).catch(() => undefined);
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8').catch(() => '');
  const [ofIp, ofTc] = [`${node}.ip.json`, `${node}.tc.json`];
  if (dump === undefined) return { [ofIp]: await read(ofIp), [ofTc]: await read(ofTc) };
  const { ip, tc } = told(dump);
  return { [ofIp]: ip, [ofTc]: tc };
}
