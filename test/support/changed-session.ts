import { analyzeCell } from '../../analysis/analyze-cell.ts';
import type { CellRecord } from '../../analysis/cell.ts';
import type { Sample } from '../../analysis/sample.ts';
import { HandoffScript } from './handoff-script.ts';
import type { Hop } from './session-segments.ts';
import { SyntheticCell, type VerdictLine } from './synthetic-cell.ts';

/** What is different about the second of three sessions. */
export interface Change {
  /** adds packets */
  readonly script?: (script: HandoffScript) => void;
  /** removes, alters or adds packets */
  readonly hops?: (hops: readonly Hop[]) => readonly Hop[];
  readonly verdict?: Partial<VerdictLine>;
  /** of the whole cell */
  readonly cell?: Partial<CellRecord>;
}

/** When the second session starts, in ms; the client's port in it. */
export const start = 4000;
export const clientPort = 40_001;
/** The plan of every session here: gap 304.5 ms. */
export const plan = { initAtMs: 203, initBodyOctets: 91 } as const;
export const measures = [
  { name: 'handoff-gap', unit: 'ms' },
  { name: 'retransmissions', unit: 'packets' },
] as const;

type Edit = (hops: readonly Hop[]) => readonly Hop[];

export function without(label: string): Edit {
  return (hops) => hops.filter((hop) => hop.label !== label);
}

/** The router loses the packet. */
export function losing(label: string): Edit {
  return (hops) => hops.map((hop) => (hop.label === label ? { ...hop, lost: true } : hop));
}

/** The packet comes at another time, in ms since the session's start. */
export function moving(label: string, toMs: number): Edit {
  return (hops) => hops.map((hop) => (hop.label === label ? { ...hop, atMs: start + toMs } : hop));
}

/** The packet has other octets: `edit` works on a copy. */
export function editing(label: string, edit: (packet: Buffer) => void): Edit {
  return (hops) =>
    hops.map((hop) => {
      if (hop.label !== label) return hop;
      const packet = Buffer.from(hop.packet);
      edit(packet);
      return { ...hop, packet };
    });
}

/** One more packet. */
export function adding(hop: Omit<Hop, 'label'>): Edit {
  return (hops) => [...hops, { label: 'added', ...hop }];
}

/** The samples of three sessions, of which the second is changed; one list per session. */
export async function samplesOf(
  change: Change,
  asked: Parameters<typeof analyzeCell>[1] = measures,
): Promise<[Sample[], Sample[], Sample[]]> {
  const script = new HandoffScript();
  script.openChannel(0);
  const opening = script.hops.splice(0);
  script.session({ ...plan, startMs: 1000, clientPort: clientPort - 1 });
  const first = script.hops.splice(0);
  script.session({ ...plan, startMs: start, clientPort });
  change.script?.(script);
  const second = change.hops?.(script.hops.splice(0)) ?? script.hops.splice(0);
  script.session({ ...plan, startMs: 8500, clientPort: clientPort + 1 });
  const verdicts = [
    { repetition: 0, atMs: 3000 },
    { repetition: 1, atMs: 7000, ...change.verdict },
    { repetition: 2, atMs: 12_000 },
  ];
  using cell = new SyntheticCell([...opening, ...first, ...second, ...script.hops], verdicts, change.cell);
  const samples = await analyzeCell(cell.folder, asked);
  const of = (repetition: number): Sample[] => samples.filter((sample) => sample.repetition === repetition);
  return [of(0), of(1), of(2)];
}
