import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fig12 from '../../experiments/fig12.ts';
import { cellsOf } from '../../runner/cells.ts';
import { labBody } from '../../runner/lab-body.ts';
import { nodeEntryPoints } from '../../runner/node-entry-points.ts';
import { downloadHandoff } from '../../runner/procedures/download-handoff.ts';
import type { LabPlan, LabProcess } from '../../runner/procedures/procedure.ts';
import { runInLab } from './lab.ts';

/** A line of an event log; fields beyond these are the event's own. */
export interface LoggedEvent {
  readonly t: string;
  readonly node: string;
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface MemberLabOptions {
  readonly variant: string;
  /** by node name: settings that take the place of those in its configuration */
  readonly changes?: Readonly<Record<string, object>>;
  /** experiment parameters, as `--set` takes them */
  readonly settings?: Readonly<Record<string, readonly number[]>>;
  /** in place of the plan of a download, for instance with other applications */
  readonly plan?: (plan: LabPlan) => LabPlan;
  readonly files?: Readonly<Record<string, string>>;
  readonly programs?: Readonly<Record<string, string>>;
  readonly seed?: number;
}

/** The paper's testbed with a download and its handoff in the lab kernel; all nodes' events in order of time. */
export async function runMembers(
  options: MemberLabOptions,
): Promise<{ status: number; console: string; events: LoggedEvent[]; capture: Buffer }> {
  const settings = { csMs: [40], ssMs: [20], ...options.settings };
  const [cell] = cellsOf(fig12, {
    profile: 'smoke',
    settings,
    variants: [options.variant],
    repetitions: 1,
    clock: 'virtual',
    seed: options.seed ?? 7,
  });
  const plan = (options.plan ?? ((same) => same))(downloadHandoff(cell!));
  await using run = await runInLab({
    body: [configurations(plan, options.changes ?? {}), labBody(plan, 'headers')].join('\n'),
    programs: { ...nodeEntryPoints, ...options.programs },
    files: options.files ?? {},
    seed: options.seed ?? 7,
    virtualTimeoutS: 4000,
  });
  const capture = await readFile(join(run.folder, 'router.pcap'));
  return { ...run, events: await readEvents(join(run.folder, 'events')), capture };
}

/** bash that writes the nodes' configurations. */
function configurations(plan: LabPlan, changes: Readonly<Record<string, object>>): string {
  const write = ({ name, config }: LabProcess): string => {
    const json = JSON.stringify({ ...(config as object), ...changes[name] });
    return `cat >/run/job/config/${name}.json <<'END'\n${json}\nEND`;
  };
  return ['mkdir -p /run/job/config', ...[...plan.daemons.flat(), plan.driver].map(write)].join('\n');
}

async function readEvents(folder: string): Promise<LoggedEvent[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  const lines = texts
    .join('')
    .split('\n')
    .filter((line) => line !== '');
  const events = lines.map((line) => JSON.parse(line) as LoggedEvent);
  return events.sort((a, b) => (BigInt(a.t) < BigInt(b.t) ? -1 : 1));
}
