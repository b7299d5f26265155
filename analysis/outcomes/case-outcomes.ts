import { faultKinds, firstKill, signalling } from '../../experiments/faults/signalling.ts';
import type { Sample } from '../sample.ts';
import { clientOutcomes } from './client-outcome.ts';

/** A repetition that said nothing: its fault found no packet, or the session did not come so far. */
const SAID_NOTHING = 'failed';
/** What a case can have come to. */
export const caseOutcomes: readonly string[] = [...clientOutcomes, SAID_NOTHING];

/** By the name of each case that was run, what it came to. */
export type CaseOutcomes = ReadonlyMap<string, string>;

/** Of every case in these samples. */
export function outcomesOf(samples: readonly Sample[]): CaseOutcomes {
  const told = samples.filter(
    ({ measure, outcome }) => measure === 'fault-outcome' && outcome !== 'unsupported',
  );
  return new Map(
    told.map(({ value, reason }) => [
      reason.split(':')[0]!,
      value === undefined ? SAID_NOTHING : (clientOutcomes[value] ?? '?'),
    ]),
  );
}

interface VariantOutcomes {
  readonly variant: string;
  /** of each kind of fault, in their order: how many cases came to what, in the order of `caseOutcomes`; empty where none was run */
  readonly kinds: readonly (readonly { readonly outcome: string; readonly cases: number }[])[];
}

/** A row per variant of which anything was run. */
export function countsOf(outcomes: CaseOutcomes): readonly VariantOutcomes[] {
  return Object.entries(signalling).flatMap(([variant, signals]) => {
    const kinds = faultKinds.map((kind) => {
      const all = signals.map((signal, index) =>
        outcomes.get(`atlas/${variant}/${index + 1}-${signal}/${kind}`),
      );
      return caseOutcomes
        .map((outcome) => ({ outcome, cases: all.filter((one) => one === outcome).length }))
        .filter(({ cases }) => cases > 0);
    });
    return kinds.every((counts) => counts.length === 0) ? [] : [{ variant, kinds }];
  });
}

/** What is not as it should be, or worth a look, by name: a client that went to and fro; where nobody was killed, one that was lost; a case that said nothing. */
export function exceptionsIn(outcomes: CaseOutcomes): readonly (readonly [name: string, outcome: string])[] {
  const kills = faultKinds.slice(firstKill);
  return [...outcomes].filter(([name, outcome]) => {
    const killed = kills.some((kind) => name.endsWith(`/${kind}`));
    return outcome === 'lost' ? !killed : outcome !== 'moved' && outcome !== 'stayed';
  });
}
