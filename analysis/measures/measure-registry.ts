import { accessFamily } from '../access/access-family.ts';
import { calibrationFamily } from '../calibration/calibration-family.ts';
import { churnFamily } from '../churn/churn-family.ts';
import { failoverFamily } from '../failover/failover-family.ts';
import { frontendFamily } from '../frontend/frontend-family.ts';
import { clientFamily } from '../outcomes/client-family.ts';
import { faultFamily } from '../outcomes/fault-family.ts';
import { parallelFamily } from '../parallel/parallel-family.ts';
import { handoffFamily } from '../phases/handoff-family.ts';
import { takeoverFamily } from '../takeover/takeover-family.ts';
import type { MeasureFamily } from './measure-family.ts';

/** Every way to read a capture. The names of measures are unique among all of them. */
const families: readonly MeasureFamily[] = [
  accessFamily,
  clientFamily,
  handoffFamily,
  failoverFamily,
  faultFamily,
  frontendFamily,
  calibrationFamily,
  churnFamily,
  parallelFamily,
  takeoverFamily,
];

const familyByMeasure: ReadonlyMap<string, MeasureFamily> = new Map(
  families.flatMap((family) => family.measures.map((name) => [name, family] as const)),
);

/** The family that reads the measure of this name; undefined when no capture gives such a measure. */
export function familyOf(measure: string): MeasureFamily | undefined {
  return familyByMeasure.get(measure);
}
