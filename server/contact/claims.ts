import type { Epoch } from './epochs.ts';

/** `claiming`: the home agent has not answered yet; `leaving`: serving until a successor does. */
export type ClaimStage = 'claiming' | 'serving' | 'leaving';

/** What a member says of itself when it holds the contact address, or is about to. */
export interface Claim {
  readonly epoch: Epoch;
  readonly stage: ClaimStage;
}

/** `yield`: follow the other; `hold`: wait what becomes of it; `withdraw`: let it serve; `answer`: tell it of the own claim. */
type Judgement = 'yield' | 'hold' | 'withdraw' | 'answer' | 'ignore';

/**
 * What a member that holds or claims the contact address does about another that says so too. The later term wins in the end;
 * but a claim which the home agent has not accepted does not displace a contact node that serves, and gives way to it.
 */
export function judge(own: Claim, other: Claim): Judgement {
  if (other.epoch === own.epoch) return 'ignore';
  if (other.epoch > own.epoch) {
    return other.stage === 'claiming' && own.stage !== 'claiming' ? 'hold' : 'yield';
  }
  if (own.stage !== 'claiming' || other.stage === 'claiming') return 'answer';
  return other.stage === 'serving' ? 'withdraw' : 'ignore';
}
