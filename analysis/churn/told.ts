import path from 'node:path';
import { z } from 'zod';
import { type EventLine, readEventLines } from '../events/event-lines.ts';

/** What a client says of one download. */
export interface Verdict {
  readonly client: string;
  readonly repetition: number;
  /** of the client's end of the connection; undefined when there was none */
  readonly port: number | undefined;
  readonly complete: boolean;
  readonly intact: boolean;
  readonly startedNs: bigint;
  readonly endedNs: bigint;
}

/** A step in a client's way from member to member, by the members' own words. */
export interface Move {
  readonly t: bigint;
  readonly node: string;
  readonly event: (typeof moves)[number];
  /** address */
  readonly client: string;
  /** of `handed-off`: care-of address */
  readonly acceptor?: string | undefined;
}

/** A client's binding cache: where its packets to the contact address go; undefined: to the home agent. */
export interface Binding {
  readonly t: bigint;
  readonly client: string;
  readonly careOfAddress: string | undefined;
  /** of the member that has asked for it */
  readonly by: string;
}

export interface Crash {
  readonly t: bigint;
  readonly member: string;
  readonly repetition: number;
}

/** What clients, members and conductor tell of a cell; times in ns since 1970 on the capture's clock. */
export interface Told {
  readonly verdicts: readonly Verdict[];
  readonly moves: readonly Move[];
  readonly crashes: readonly Crash[];
  /** members that were started again */
  readonly returns: readonly { readonly t: bigint; readonly member: string }[];
  /** by the clients' correspondent nodes */
  readonly bindings: readonly Binding[];
  /** the home agent's: from `t` on it has this member for the contact node */
  readonly registrations: readonly { readonly t: bigint; readonly careOfAddress: string }[];
}

const moves = [
  'client-connected',
  'init-received',
  'socket-activated',
  'handed-off',
  'handoff-settled',
  'handoff-failed',
  'handoff-abandoned',
] as const;

const ns = z.string().regex(/^\d+$/).transform(BigInt);
const step = z.object({ t: ns, action: z.string(), target: z.string(), repetition: z.int().optional() });
const move = z.object({
  t: ns,
  node: z.string(),
  event: z.enum(moves),
  client: z.string(),
  acceptor: z.string().optional(),
});
const registration = z.object({ t: ns, careOfAddress: z.string() });
const binding = z.object({
  t: ns,
  node: z.string(),
  change: z.enum(['created', 'updated', 'deleted']),
  careOfAddress: z.string(),
});
const download = z.object({
  t: ns,
  node: z.string(),
  event: z.enum(['repetition-started', 'connected', 'repetition-finished']),
  repetition: z.int(),
  port: z.int().optional(),
  ok: z.boolean().optional(),
  intact: z.boolean().optional(),
});
type Download = z.infer<typeof download>;

const CLIENT = /^download-/;
const CORRESPONDENT = /^correspondent-/;

/** Reads `events.jsonl` of a cell's folder. Throws DecodeError. */
export async function readTold(folder: string): Promise<Told> {
  const read = <T>(wanted: (line: EventLine) => boolean, schema: z.ZodType<T>): Promise<readonly T[]> =>
    readEventLines(path.join(folder, 'events.jsonl'), wanted, schema);
  const steps = await read(({ node, event }) => node === 'conductor' && event === 'step', step);
  const isBinding = ({ node, event }: EventLine): boolean =>
    CORRESPONDENT.test(node) && event === 'binding-accepted';
  const isRegistration = ({ event }: EventLine): boolean => event === 'registration-accepted';
  const moved = await read(({ event }) => moves.some((name) => name === event), move);
  const isDownload = ({ node, event }: EventLine): boolean =>
    CLIENT.test(node) && download.shape.event.options.some((name) => name === event);
  const told = await read(isDownload, download);
  return {
    verdicts: told
      .filter(({ event }) => event === 'repetition-finished')
      .map((finished) => verdictOf(finished, told)),
    moves: moved.toSorted((a, b) => (a.t < b.t ? -1 : a.t > b.t ? 1 : 0)),
    bindings: (await read(isBinding, binding)).map(({ t, node, change, careOfAddress }) => ({
      t,
      client: node.replace(CORRESPONDENT, ''),
      careOfAddress: change === 'deleted' ? undefined : careOfAddress,
      by: careOfAddress,
    })),
    registrations: await read(isRegistration, registration),
    crashes: steps
      .filter(({ action }) => action === 'crash')
      .map(({ t, target, repetition = -1 }) => ({ t, member: target, repetition }))
      .toSorted((a, b) => (a.t < b.t ? -1 : 1)),
    returns: steps.filter(({ action }) => action === 'start').map(({ t, target }) => ({ t, member: target })),
  };
}

function verdictOf({ node, repetition, t, ok, intact }: Download, told: readonly Download[]): Verdict {
  const own = told.filter((one) => one.node === node && one.repetition === repetition);
  const started = own.find(({ event }) => event === 'repetition-started');
  return {
    client: node.replace(CLIENT, ''),
    repetition,
    port: own.find(({ event }) => event === 'connected')?.port,
    complete: ok === true,
    intact: intact === true,
    startedNs: started?.t ?? t,
    endedNs: t,
  };
}
