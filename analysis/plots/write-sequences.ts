import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Experiment, SequencePlot } from '../../experiments/experiment.ts';
import { readCellRecord } from '../cell-record.ts';
import { handoffSequence, type SequenceStep } from '../handoff-sequence.ts';
import { writeWhole } from '../results.ts';
import type { Sample } from '../sample.ts';
import { selects } from '../select.ts';
import { storedPath } from '../stored-file.ts';
import { renderPng } from './render.ts';
import type { SequenceMessage, SequenceSpan } from './sequence.ts';
import { timeSequenceSvg } from './time-sequence.ts';

/**
 * Draws each time-sequence diagram of the experiment from a capture below `from/cells` as `folder/plots/<id>.svg` and
 * `.png`, of the first repetition that succeeded in the first cell selected; removes the files of a diagram without one.
 */
export async function writeSequences(
  folder: string,
  experiment: Experiment,
  samples: readonly Sample[],
  from: string = folder,
): Promise<void> {
  for (const plot of experiment.sequences ?? []) {
    const path = join(folder, 'plots', plot.id);
    const shown = samples.find((s) => s.outcome === 'succeeded' && selects(experiment, plot.where, s));
    const cell = shown && join(from, 'cells', shown.cell);
    if (shown === undefined || cell === undefined || storedPath(join(cell, 'router.pcap')) === undefined) {
      for (const suffix of ['.svg', '.png']) await rm(path + suffix, { force: true });
      continue;
    }
    const svg = await draw(cell, shown.repetition, plot);
    await writeWhole(`${path}.svg`, svg);
    await writeWhole(`${path}.png`, renderPng(svg));
  }
}

async function draw(cellFolder: string, repetition: number, plot: SequencePlot): Promise<string> {
  const { parameters, variant, clock } = readCellRecord(cellFolder);
  const steps = await handoffSequence(cellFolder, repetition);
  const { csMs, ssMs, rateKbit } = parameters;
  const conditions = `L_CS = ${csMs} ms, L_SS = ${ssMs} ms, ${rateKbit! / 1000} Mbit/s`;
  const shown = shownSteps(steps);
  const messages = copiesTogether(shown.map(messageOf));
  return timeSequenceSvg({
    title: plot.title,
    subtitle: `${variant}; ${conditions}; from the capture of repetition ${repetition}, ${clock} clock`,
    remark:
      'times are the router’s, behind the shapers; grey: from when a sender had it, in its socket and in the queue of its home agent’s shaper',
    lifelines: ['client', 'node1', 'node2'],
    roles: { node1: 'donor, contact node', node2: 'acceptor' },
    messages,
    groups: groups.map(([, name]) => name),
    spans: gapOf(messages),
    waits: waitsOf(shown),
  });
}

/** The gap at the client: from the donor's last packet to the acceptor's first data packet. */
function gapOf(messages: readonly SequenceMessage[]): readonly SequenceSpan[] {
  const [from, to] = ['last data', 'first data'].map(
    (start) => messages.find(({ label }) => label.startsWith(start))?.arrives,
  );
  if (from === undefined || to === undefined) return [];
  return [{ at: 'client', from, to, label: `handoff gap ${(to - from).toFixed(1)} ms` }];
}

const groups: readonly (readonly [RegExp, string])[] = [
  [/data|acknowledgement to the donor/, 'data'],
  [/^(Prepare|Init|Done)/, 'handoff'],
  [/^(HoT|CoT)/, 'return routability'],
  [/^B[UA]/, 'binding'],
  [/^/, 'other'],
];

/** From the beginning of the handoff to the acceptor's first data, time counted from when the first of them had its sender. */
function shownSteps(steps: readonly SequenceStep[]): readonly SequenceStep[] {
  const begin = steps.findIndex(({ label }) => /^Prepare|^last data|^last acknowledgement/.test(label));
  const end = steps.findIndex(({ label }) => label.startsWith('first data'));
  const whole = begin < 0 || end < 0 ? [] : steps.slice(begin, end + 1);
  // Prepared early, a handoff may begin while its donor still binds the client to itself.
  const shown = whole.filter(({ ofDonorAlone }) => ofDonorAlone !== true);
  const zero = Math.min(...shown.flatMap((step) => [step.t, step.readyAt ?? step.t]));
  const since = (t: number | undefined) => (t === undefined ? undefined : t - zero);
  return shown.map(({ arrives, readyAt, ...step }) => ({
    ...step,
    t: step.t - zero,
    ...defined({ arrives: since(arrives), readyAt: since(readyAt) }),
  }));
}

function messageOf({ t, arrives, from, to, label }: SequenceStep): SequenceMessage {
  const group = groups.find(([pattern]) => pattern.test(label))![1];
  return { t, from, to, label, group, ...defined({ arrives }) };
}

/** ms: what waits for less is not drawn; at 1 Mbit/s a full frame takes 12. */
const leastWaitMs = 15;

/** What its sender had long before the router saw it. */
function waitsOf(steps: readonly SequenceStep[]): readonly SequenceSpan[] {
  return steps.flatMap(({ t, readyAt, from, label }) => {
    if (readyAt === undefined || t - readyAt < leastWaitMs) return [];
    const [name] = label.split(/[,(]/, 1);
    return [
      {
        at: from,
        from: readyAt,
        to: t,
        label: `${waiting[name!] ?? name!.trim()}: ${(t - readyAt).toFixed(0)} ms`,
      },
    ];
  });
}

/** Words for it that are shorter, or say since when. */
const waiting: Readonly<Record<string, string>> = { 'last data of the donor': 'last send() → last data' };

/** The fields that have a value. */
function defined<Fields extends Readonly<Record<string, number | undefined>>>(
  fields: Fields,
): { readonly [Name in keyof Fields]?: number } {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as { readonly [Name in keyof Fields]?: number };
}

/** What is sent in several copies at once is one arrow: their labels would lie on each other. */
function copiesTogether(messages: readonly SequenceMessage[]): readonly SequenceMessage[] {
  const shown: SequenceMessage[] = [];
  for (const message of messages) {
    const at = shown.findLastIndex((earlier) => isCopy(message, earlier));
    if (at < 0) shown.push(message);
    else shown[at] = { ...shown[at]!, label: withCopy(shown[at]!.label, message.label) };
  }
  return shown;
}

/** ms between a message and its further copy */
const copyWithinMs = 2;

function isCopy(one: SequenceMessage, earlier: SequenceMessage): boolean {
  const bare = (label: string): string => label.replace(/\(sequences? [^)]*\)/, '()');
  const parted = (one.arrives === undefined) !== (earlier.arrives === undefined);
  return (
    !parted &&
    one.from === earlier.from &&
    one.to === earlier.to &&
    one.label.startsWith('BU') &&
    bare(one.label) === bare(earlier.label) &&
    one.t - earlier.t <= copyWithinMs
  );
}

function withCopy(label: string, copy: string): string {
  const number = /\(sequence ([^)]*)\)/.exec(copy)?.[1] ?? '';
  if (label.includes(`(sequence ${number})`)) return label.replace(')', ', twice)');
  return label.replace(/\(sequences? ([^)]*)\)/, `(sequences $1, ${number})`);
}
