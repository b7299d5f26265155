import type { SoakEvent, Violation } from './record.ts';

/** What the conductor has done, and the last words of processes that gave up. */
export function isOfProcesses({ node, event }: SoakEvent): boolean {
  return node === 'conductor' || event === 'crashed';
}

/** Processes that ended by themselves, or did not do what the conductor told them. */
export function processViolations(events: readonly SoakEvent[]): readonly Violation[] {
  /** by node: why it gave up, by its own last word */
  const reasons = new Map<string, string>();
  return events.flatMap(({ atMs, node, event, fields }) => {
    if (event === 'crashed') reasons.set(node, String(fields.reason));
    const text = node === 'conductor' ? complaint(event, fields, reasons) : undefined;
    return text === undefined ? [] : [{ invariant: 'processes', atMs, text } as const];
  });
}

function complaint(
  event: string,
  { target, targets, status, good, asked, action }: SoakEvent['fields'],
  reasons: ReadonlyMap<string, string>,
): string | undefined {
  const name = String(target);
  switch (event) {
    case 'process-ended': {
      if (good === true) return undefined;
      const how = asked === true ? 'was told to end, and did with' : 'ended by itself with';
      return `${name} ${how} status ${String(status)}${because(reasons.get(name))}`;
    }
    case 'daemon-too-slow':
      return `${name} was told to end, and has not`;
    case 'client-too-slow':
      return `${name} have not come to an end`;
    case 'not-ready':
      return `not ready in time: ${String(targets)}`;
    case 'step-done':
      return typeof status === 'number' && status !== 0
        ? `${String(action)} of ${name} has failed with status ${status}`
        : undefined;
    default:
      return undefined;
  }
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason}`;
}
