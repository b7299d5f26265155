/**
 * Runs `work` over all items with `jobs` workers; worker k keeps processor k. The first failure stops the taking of
 * further items and is thrown once the running ones have ended.
 */
export async function runPool<Item>(
  items: readonly Item[],
  jobs: number,
  work: (item: Item, worker: number) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  let failure: { readonly error: unknown } | undefined;
  const worker = async (number: number): Promise<void> => {
    for (let item = queue.shift(); item !== undefined && failure === undefined; item = queue.shift()) {
      try {
        await work(item, number);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(
    Array.from({ length: Math.max(1, Math.min(jobs, items.length)) }, (_, number) => worker(number)),
  );
  if (failure !== undefined) throw failure.error;
}
