import type { Measure } from '../experiments/experiment.ts';
import type { CellRecord } from './cell.ts';
import { readCellRecord } from './cell-record.ts';
import type { MeasureFamily, RepetitionReading } from './measures/measure-family.ts';
import { familyOf } from './measures/measure-registry.ts';
import type { Sample } from './sample.ts';

type Asked = Pick<Measure, 'name' | 'unit'>;

/**
 * All samples of a cell: repetition by repetition, the measures in the order asked for.
 *
 * How the capture is read follows from the measures' names (`measures/measure-registry.ts`). A repetition that did not do what it
 * should gives samples without a value, outcome `failed`, the reason in words. A measure which no capture gives, or which
 * the repetition has not, is `unsupported`. A sample that succeeded may carry a remark in `reason`. Throws DecodeError for
 * a folder that is no cell: `cell.json`, `router.pcap`, `events.jsonl`.
 */
export async function analyzeCell(folder: string, measures: readonly Asked[]): Promise<Sample[]> {
  const cell = readCellRecord(folder);
  const families = new Set(measures.flatMap(({ name }) => familyOf(name) ?? []));
  const readings = new Map<MeasureFamily, readonly RepetitionReading[]>();
  for (const family of families) readings.set(family, await family.read(folder, cell));
  return Array.from({ length: cell.repetitions }, (_, repetition) =>
    measures.map((measure) => {
      const family = familyOf(measure.name);
      const reading = family && readings.get(family)?.[repetition];
      return toSample(cell, repetition, measure, reading);
    }),
  ).flat();
}

function toSample(
  cell: CellRecord,
  repetition: number,
  { name, unit }: Asked,
  reading: RepetitionReading | undefined,
): Sample {
  const { experiment, cell: id, parameters, variant, clock, seed } = cell;
  const base = { experiment, cell: id, parameters, variant, clock, seed, repetition, measure: name, unit };
  if (reading === undefined) {
    return { ...base, outcome: 'unsupported', reason: `no capture gives a measure '${name}'` };
  }
  if ('failed' in reading) return { ...base, outcome: 'failed', reason: reading.failed };
  const measured = reading.measure(name);
  if (measured === undefined) return { ...base, outcome: 'unsupported', reason: reading.absent };
  return { ...base, value: measured.value, outcome: 'succeeded', reason: measured.remark };
}
