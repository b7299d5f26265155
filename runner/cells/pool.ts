export interface Failure<Item> {
  readonly item: Item;
  readonly error: unknown;
}

/**
 * Runs `work` over all items with `jobs` workers, numbered from 0. After the first failure or an abort nobody takes a
 * further item; what is running goes on to its end. Returns every failure, the first one first; never rejects.
 */
export async function runPool<Item>(
  items: readonly Item[],
  limits: { readonly jobs: number; readonly signal: AbortSignal },
  work: (item: Item, worker: number) => Promise<void>,
): Promise<readonly Failure<Item>[]> {
  const queue = [...items];
  const failures: Failure<Item>[] = [];
  const worker = async (number: number): Promise<void> => {
    while (failures.length === 0 && !limits.signal.aborted) {
      const item = queue.shift();
      if (item === undefined) return;
      try {
        await work(item, number);
      } catch (error) {
        failures.push({ item, error });
      }
    }
  };
  const workers = Math.max(1, Math.min(limits.jobs, items.length));
  await Promise.all(Array.from({ length: workers }, (_, number) => worker(number)));
  return failures;
}
