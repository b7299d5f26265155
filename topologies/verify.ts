import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { askedFacts } from './facts.ts';
import { readFacts } from './read-facts.ts';
import { isShaped } from './shaping.ts';
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
  for (const name of readBackFiles(topology))
    files[name] = await readFile(join(folder, name), 'utf8').catch(() => '');
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

function readBackFiles(topology: Topology): readonly string[] {
  return topology.nodes.flatMap(({ name }) => {
    const ofIp = `${name}.ip.json`;
    return isShaped(topology, name) ? [ofIp, `${name}.tc.json`] : [ofIp];
  });
}
