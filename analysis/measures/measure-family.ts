import type { CellRecord } from '../cell.ts';

/** A measure's value, and a remark where the value alone could mislead. */
export interface Measured {
  readonly value: number;
  readonly remark: string;
}

/** What a family read of one repetition. A repetition that did not do what it should has failed: nothing is measured in it. */
export type RepetitionReading =
  | {
      readonly failed: string;
      /** the value of a measure that does not need what failed; undefined of all others */
      readonly spared?: (name: string) => Measured | undefined;
    }
  | {
      /** the value of one of the family's measures; undefined where the repetition has no such thing … */
      readonly measure: (name: string) => Measured | undefined;
      /** … and why, in words */
      readonly absent: string;
    };

/** A value without a remark. */
export function plain(value: number): Measured {
  return { value, remark: '' };
}

/** The same; undefined where there is none. */
export function plainly(value: number | undefined): Measured | undefined {
  return value === undefined ? undefined : plain(value);
}

/** What the table has under this name; an experiment may name anything. */
export function rowOf<Row>(table: Readonly<Record<string, Row>>, name: string): Row | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** Measures that are read from a capture in the same way. */
export interface MeasureFamily {
  readonly measures: readonly string[];
  /**
   * Reads `cell.json`, `router.pcap` and, where it needs them, `events.jsonl` of a cell's folder: one reading per
   * repetition, 0 … repetitions − 1. Throws DecodeError for a folder that is no cell.
   */
  readonly read: (folder: string, cell: CellRecord) => Promise<readonly RepetitionReading[]>;
}
