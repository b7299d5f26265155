import type { Measure } from '../experiments/experiment.ts';
import type { CellRecord } from './cell.ts';
import { readCellRecord } from './cell-record.ts';
import type { MeasureFamily, RepetitionReading } from './measures/measure-family.ts';
import { familyOf } from './measures/measure-registry.ts';
import { observe } from './own/observe.ts';
import { ownReadings } from './own/own-readings.ts';
import type { Sample } from './sample.ts';

type Asked = Pick<Measure, 'name' | 'unit' | 'from' | 'ofFailed'>;

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
  const own = measures.filter(({ from }) => from !== undefined);
  const observed = own.length === 0 ? [] : await observe(folder, cell);
  const ownBy = new Map(own.map((measure) => [measure, ownReadings(measure, observed)]));
  return Array.from({ length: cell.repetitions }, (_, repetition) =>
    measures.map((measure) => {
      const family = familyOf(measure.name);
      const reading = (ownBy.get(measure) ?? (family && readings.get(family)))?.[repetition];
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
  if ('failed' in reading) {
    const spared = reading.spared?.(name);
    if (spared === undefined) return { ...base, outcome: 'failed', reason: reading.failed };
    return {
      ...base,
      value: spared.value,
      outcome: 'succeeded',
      reason: `${spared.remark}${spared.remark && '; '}does not need what failed: ${reading.failed}`,
    };
  }
  const measured = reading.measure(name);
  if (measured === undefined) return { ...base, outcome: 'unsupported', reason: reading.absent };
  return { ...base, value: measured.value, outcome: 'succeeded', reason: measured.remark };
}
