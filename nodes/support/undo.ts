/** Does all of these, the last first, whichever of them fail; then throws the first error that there was. */
export function undo(undoings: readonly (() => void)[]): void {
  const errors = undoings.toReversed().flatMap((act) => {
    try {
      act();
      return [];
    } catch (error) {
      return [error];
    }
  });
  if (errors.length > 0) throw errors[0];
}
