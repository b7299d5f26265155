/** Takes all these steps, in order, whatever one of them throws; then throws what the first one threw. */
export function allOf(...steps: readonly (() => void)[]): void {
  const thrown: unknown[] = [];
  for (const step of steps)
    try {
      step();
    } catch (error) {
      thrown.push(error);
    }
  if (thrown.length > 0) throw thrown[0];
}
