import type { AgreementClaim, Claim, Experiment } from '../experiment.ts';
import { asked } from './asked.ts';
import { chosen } from './combinations.ts';

const source = 'docs/parameters.md';
const byLetter = 'none: each statement is judged by its own claim, with that one’s tolerance';

const agreement = (
  rest: Pick<AgreementClaim, 'id' | 'statement' | 'holds'> & Partial<AgreementClaim>,
  ids?: readonly string[],
): Claim => ({
  kind: 'agreement',
  source,
  measure: 'handoff-gap',
  by: chosen,
  of: ids === undefined ? asked : about(ids),
  toleranceReason: byLetter,
  ...rest,
});

/** Of what is asked, the claims with these ids. */
function about(ids: readonly string[]): readonly Experiment[] {
  return asked
    .map((experiment) => ({ ...experiment, claims: experiment.claims.filter(({ id }) => ids.includes(id)) }))
    .filter(({ claims }) => claims.length > 0);
}

const columns = (row: string) => [2000, 1500, 1000].map((rate) => `table1-${row}-at-${rate}`);

export const sensitivityClaims: readonly Claim[] = [
  agreement({
    id: 'sensitivity-choice',
    statement: 'No other choice agrees with more of the paper at once',
    holds: 'most',
    deviation:
      'phase 2 at 2 Mbit/s, one cell of Table 1, is within half a step with less send buffer: 83,456 octets leave two sizes of state by turns, 83,200 behind a bucket of one frame the same each time. The defaults stay, as published figures were made with them: see docs/parameters.md',
  }),
  agreement(
    {
      id: 'sensitivity-mechanisms',
      statement:
        'Whatever is chosen, slower lines lengthen state transfer, and extraction by a frame, not the binding exchange; waiting is paid for behind the minimum; Init follows the last acknowledgement',
      holds: 'always',
    },
    [
      'table1-share-rises',
      'table1-phase-1-shaping',
      'table1-phase-6-constant',
      'fig10-rises',
      'fig11b-drain',
    ],
  ),
  agreement(
    {
      id: 'sensitivity-local',
      statement: 'No choice makes up for processors that take no time: share and rest of the total',
      holds: 'never',
    },
    ['table1-share', 'table1-phase-4-shaping', ...columns('rest')],
  ),
  agreement(
    {
      id: 'sensitivity-times',
      statement: 'Send buffer and window together decide whether state transfer takes the paper’s times',
      holds: 'sometimes',
    },
    [...columns('2'), ...columns('total')],
  ),
  agreement(
    {
      id: 'sensitivity-state',
      statement: 'They decide whether the state has 90 kB, too',
      holds: 'sometimes',
    },
    ['table1-state'],
  ),
  agreement(
    {
      id: 'sensitivity-times-and-state',
      statement: 'Both at once they cannot be: 90 kB take longer than the paper’s times at its rates',
      holds: 'never',
    },
    ['table1-state', ...columns('2')],
  ),
  agreement(
    {
      id: 'sensitivity-late-slope',
      statement: 'Window, bucket and what drains last decide where Figure 12(b) bends',
      holds: 'sometimes',
    },
    ['fig12-late-slope'],
  ),
  agreement(
    {
      id: 'sensitivity-bend-and-order',
      statement:
        'Where it bends in the paper’s range, return routability is not over before Init is sent at L_SS = 20 ms, as Figure 11(b) draws it',
      holds: 'never',
    },
    ['fig12-late-slope', 'fig11b'],
  ),
  agreement(
    {
      id: 'sensitivity-least',
      statement: 'The bucket decides whether Figure 10’s least gap is that of an empty socket',
      holds: 'sometimes',
    },
    ['fig10-least'],
  ),
];
