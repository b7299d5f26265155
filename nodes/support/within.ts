/** Whether `work` ends, in whichever way, within so many ms; resolves with false when they are over. */
export async function endsWithin(limitMs: number, work: Promise<unknown>): Promise<boolean> {
  const over = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => over.resolve(false), limitMs);
  const ended = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([ended, over.promise]);
  } finally {
    clearTimeout(timer);
  }
}
