import { existsSync } from 'node:fs';
import { LabError } from '../linux/lab-error.ts';
import { fig9 } from '../topologies/fig9.ts';
import { mininetScript } from '../topologies/mininet.ts';
import { provisionScript } from '../topologies/provision.ts';
import type { Benchmark } from './benchmark.ts';
import type { Laboratory } from './laboratory.ts';
import { markCommand, readMarks, secondsBetween } from './marks.ts';

/** Debian's own Python, which Debian's Mininet is installed for. */
const python = '/usr/bin/python3';
const mininetFolder = '/usr/lib/python3/dist-packages/mininet';
const network = fig9({ cs1Ms: 40, cs2Ms: 30, ssMs: 20, rateKbit: 2000 });

interface Both {
  /** seconds */
  readonly ours: number;
  /** with Python's start */
  readonly mininet: number;
  /** from Mininet's first machine to its last setting */
  readonly building: number;
}

/** The testbed twice in one lab: by our batches, and by the Mininet script of the same network. */
const mininet: Benchmark = {
  name: 'mininet',
  question: 'how long does building the testbed take, compared with Mininet in the same kernel?',
  run: async (laboratory, { rounds, progress }) => {
    if (!existsSync(mininetFolder)) {
      const remedy = 'apt-get install --no-install-recommends mininet';
      throw new LabError('Mininet, which the testbed is built with for comparison, is missing.', { remedy });
    }
    const found: Both[] = [];
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1} of ${rounds}: the testbed, built by both in one lab`);
      found.push(await buildBoth(laboratory, round % 2 === 0));
    }
    const figure = (name: string, unit: string, of: (both: Both) => number) => ({
      name,
      unit,
      values: found.map(of),
    });
    return {
      figures: [
        {
          ...figure('ours ÷ Mininet', '×', ({ ours, mininet: theirs }) => ours / theirs),
          aim: { at: 'most', value: 0.1 },
        },
        figure('ours ÷ Mininet without the start of Python', '×', ({ ours, building }) => ours / building),
        figure('ours, built and read back', 's', ({ ours }) => ours),
        figure('Mininet, until a command can run on a machine', 's', ({ mininet: theirs }) => theirs),
        figure('of it after the start of Python', 's', ({ building }) => building),
      ],
      notes: [
        'In virtual time, where Mininet’s own waiting costs nothing; which of the two builds first alternates. Ours reads back what it has built, Mininet does not.',
      ],
    };
  },
};

export default mininet;

async function buildBoth(laboratory: Laboratory, oursFirst: boolean): Promise<Both> {
  const ours = `${markCommand('ours')}\n${provisionScript(network)}${markCommand('ours-done')}`;
  const mark = markCommand('mininet-done');
  const theirs = `${markCommand('mininet')}\n${python} fig9.py client sh -c '${mark}' >mininet.txt 2>&1`;
  const body = (oursFirst ? [ours, theirs] : [theirs, ours]).join('\n');
  const files = { 'fig9.py': markedBuild(mininetScript(network)) };
  const { result: marks } = await laboratory.runScript({ body, clock: 'virtual', files }, readMarks);
  return {
    ours: secondsBetween(marks, 'ours', 'ours-done'),
    mininet: secondsBetween(marks, 'mininet', 'mininet-done'),
    building: secondsBetween(marks, 'building', 'mininet-done'),
  };
}

/** The script, which notes when Python has started and read Mininet's modules. */
function markedBuild(script: string): string {
  const head = 'def main(arguments):\n';
  if (!script.includes(head)) throw new RangeError("Mininet's script has no main() any more");
  return script.replace(head, `${head}    open('/run/job/mark-building', 'w').close()\n`);
}
