import { type ClaimResult, claimIdOf, joined } from './result.ts';

/**
 * A row that deviates by its letter becomes `refined` where every claim in its `refinedBy` is reproduced, on the same clock: these say what
 * is so instead. Without evidence for one of these the row deviates.
 */
export function refined(results: readonly ClaimResult[]): readonly ClaimResult[] {
  return results.map((result) => {
    const { verdict, refinedBy, reason } = result;
    if (verdict !== 'deviates' || refinedBy.length === 0) return result;
    const holds = refinedBy.every((id) => isReproduced(id, clockOf(result), results));
    const instead = `what is so instead: ${refinedBy.join(', ')}`;
    if (holds) return { ...result, verdict: 'refined', reason: joined([instead, reason]) };
    return { ...result, reason: joined([reason, `${instead}, which is not reproduced either`]) };
  });
}

function isReproduced(id: string, clock: string, results: readonly ClaimResult[]): boolean {
  const rows = results.filter((row) => claimIdOf(row.id) === id && clockOf(row) === clock);
  return rows.length > 0 && rows.every(({ verdict }) => verdict === 'reproduced');
}

function clockOf({ id }: ClaimResult): string {
  return /@.*$/.exec(id)?.[0] ?? '';
}
