import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CellRecord } from '../../analysis/cell.ts';
import fig12 from '../../experiments/fig12.ts';
import { recordOf } from '../../runner/cells/cell-files.ts';
import { cellsOf } from '../../runner/cells.ts';
import { type CaptureMode, labBody } from '../../runner/lab-body.ts';
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
  /** default: headers */
  readonly capture?: CaptureMode;
}

export interface MemberRun {
  readonly status: number;
  readonly console: string;
  readonly events: LoggedEvent[];
  readonly capture: Buffer;
  /** of the members' channel; empty where it is in the clear */
  readonly keyLog: string;
  readonly record: CellRecord;
}

/** The paper's testbed with a download and its handoff in the lab kernel; all nodes' events in order of time. */
export async function runMembers(options: MemberLabOptions): Promise<MemberRun> {
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
    body: [configurations(plan, options.changes ?? {}), labBody(plan, options.capture ?? 'headers')].join(
      '\n',
    ),
    programs: { ...nodeEntryPoints, ...options.programs },
    files: options.files ?? {},
    seed: options.seed ?? 7,
    virtualTimeoutS: 4000,
  });
  const events = await readEvents(join(run.folder, 'events'));
  const capture = await readFile(join(run.folder, 'router.pcap')).catch(() =>
    assert.fail(`the lab has left no capture: ${run.console}\n${JSON.stringify(events.slice(-5))}`),
  );
  const keyLog = await readFile(join(run.folder, 'tls_keys'), 'latin1').catch(() => '');
  return { ...run, events, capture, keyLog, record: recordOf(cell!, plan) };
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
