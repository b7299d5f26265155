import { readFileSync, writeFileSync } from 'node:fs';
import { claimNamespace } from '../../linux/namespace-claim.ts';
import { readNftTable } from '../../linux/nft.ts';
import { describe, KernelObjects } from '../../linux/objects/objects.ts';
import type { ReplayCounters } from '../../linux/objects/types.ts';
import type { HomeAssociations, SecurityAssociation } from '../../linux/recipes/associations.ts';
import { Reconciler } from '../../linux/reconciler.ts';
import { type OwnMarks, ownObjects, removeStale } from '../../linux/stale-state.ts';
import { readXfrmStatistics, xfrmStatisticsSince } from '../../linux/xfrm-statistics.ts';
import { allOf } from './all-of.ts';
import type { EventFields, EventWriter } from './event-log.ts';

/** Put on top of outbound counters from a file, which may be older than the last packet; any jump upwards is legal. */
const OUTBOUND_MARGIN = 4096;

/** Names and numbers of the recipes: what a killed daemon has left behind is known by them. */
const TUNNEL_NAMES = /^(tm|tha|tmem)\d*$/;
const RULE_PREFERENCES = [50, 1000];

/** What a check tells of what is wrong: the first ones. */
const MOST_TOLD = 3;

/** The part of a node process that is needed here. */
interface Holder {
  readonly log: EventWriter;
  readonly statePath: string | undefined;
}

/**
 * A daemon's hold on the kernel of its network namespace, from start to end: it is the only Mobile IPv6 daemon there, has
 * removed what a killed one left behind, and knows the ESP counters from which it must go on, or the other end
 * would take its messages for replayed ones. Throws LabError when another daemon runs, or without CAP_NET_ADMIN.
 */
export class KernelHold {
  readonly reconciler = new Reconciler();
  readonly #claim = claimNamespace();
  readonly #kernel = new KernelObjects();
  readonly #statistics = readXfrmStatistics();
  readonly #node: Holder;
  readonly #indices: readonly number[];
  readonly #marks: OwnMarks;
  /** nftables tables that this node has made, and how they looked at the first check */
  readonly #tables = new Map<string, string | undefined>();
  readonly #counters: Map<number, ReplayCounters>;

  constructor(
    node: Holder,
    associations: readonly HomeAssociations[] = [],
    /** security parameter indices of further associations that a killed daemon may have left behind */
    further: readonly number[] = [],
  ) {
    this.#node = node;
    const configured = associations.flatMap((set) =>
      Object.values(set).map(({ spi }: SecurityAssociation) => spi),
    );
    this.#indices = [...new Set([...configured, ...further])];
    this.#counters = readState(node.statePath);
    for (const [spi, counters] of this.#readCounters())
      this.#counters.set(spi, newer(this.#counters.get(spi), counters));
    this.#marks = {
      tunnelNames: TUNNEL_NAMES,
      rulePreferences: RULE_PREFERENCES,
      securityParameterIndices: this.#indices,
    };
    const stale = removeStale(this.#kernel, this.#marks);
    if (stale.length > 0) node.log.write('stale-state-removed', { objects: stale.length });
    known(this);
  }

  /** Compares what the kernel holds with what it should hold. The log tells what differs, what is missing and what is too much. */
  check(): void {
    const surplus = ownObjects(this.#kernel, this.#marks).filter((object) => !this.reconciler.wants(object));
    const wrong = [
      ...this.reconciler.readBack().map(({ text }) => text),
      ...surplus.map((object) => `not wanted: ${describe(object)}`),
      ...[...this.#tables.keys()].flatMap((table) => this.#checkTable(table)),
    ];
    this.#node.log.write('kernel-checked', {
      wanted: this.reconciler.size,
      wrong: wrong.length,
      ...(wrong.length === 0 ? {} : { told: wrong.slice(0, MOST_TOLD).join('; ') }),
    });
  }

  /** The same associations, each going on from where it was left; all numbers up to there count as received. */
  continued(associations: HomeAssociations): HomeAssociations {
    const entries = Object.entries(associations).map(([name, association]: [string, SecurityAssociation]) => {
      const counters = this.#counters.get(association.spi);
      if (counters === undefined) return [name, association];
      const { outbound, inbound } = counters;
      return [name, { ...association, replay: { outbound, inbound } }];
    });
    return Object.fromEntries(entries) as HomeAssociations;
  }

  /** The kernel's own counts of dropped packets since the start, to be logged beside a role's. */
  droppedByKernel(): EventFields {
    return xfrmStatisticsSince(this.#statistics, readXfrmStatistics());
  }

  /** The table of the packet filter with this name, of IPv6, that does not change, from now on until the end. */
  watchTable(table: string): void {
    this.#tables.set(table, undefined);
  }

  #checkTable(table: string): readonly string[] {
    const found = readNftTable(table);
    if (found === undefined) return [`missing: table ip6 ${table}`];
    const first = this.#tables.get(table) ?? found;
    this.#tables.set(table, first);
    return found === first ? [] : [`wanted: ${first}\nactual: ${found}`];
  }

  /** Keeps the ESP counters for the next start, removes all kernel state, runs `last`, lets the namespace go. Throws LabError. */
  release(last: () => void = () => undefined): void {
    holds.delete(this);
    // A disk that takes no more leaves no kernel state behind.
    allOf(
      () => writeState(this.#node.statePath, new Map([...this.#counters, ...this.#readCounters()])),
      () => this.reconciler.clearAll(),
      last,
      () => this.reconciler.close(),
      () => this.#kernel.close(),
      () => this.#claim.release(),
    );
  }

  #readCounters(): Map<number, ReplayCounters> {
    const found = new Map<number, ReplayCounters>();
    if (this.#indices.length === 0) return found;
    for (const state of this.#kernel.list('esp-state')) {
      if (state.kind !== 'esp-state' || !this.#indices.includes(state.spi)) continue;
      found.set(state.spi, newer(found.get(state.spi), this.#kernel.replayCounters(state)));
    }
    return found;
  }
}

/** All holds of this process: a process may be several nodes. */
const holds = new Set<KernelHold>();
let releasesAtExit = false;

/** SIGUSR2 makes every hold of the process check itself. One that nobody has released leaves nothing either: a start may fail half-way. */
function known(hold: KernelHold): void {
  if (holds.size === 0 && process.listenerCount('SIGUSR2') === 0)
    process.on('SIGUSR2', () => {
      for (const one of holds) one.check();
    });
  if (!releasesAtExit)
    process.once('exit', () => {
      for (const one of holds) releaseAtExit(one);
    });
  releasesAtExit = true;
  holds.add(hold);
}

function releaseAtExit(hold: KernelHold): void {
  try {
    hold.release();
  } catch (error) {
    process.stderr.write(`kernel state is left: ${String(error)}\n`);
  }
}

function newer(one: ReplayCounters | undefined, other: ReplayCounters): ReplayCounters {
  return {
    outbound: Math.max(one?.outbound ?? 0, other.outbound),
    inbound: Math.max(one?.inbound ?? 0, other.inbound),
  };
}

/** The file: a JSON object, security parameter index → counters. One that is not there, or not such, counts for nothing. */
function readState(path: string | undefined): Map<number, ReplayCounters> {
  if (path === undefined) return new Map();
  try {
    const entries = Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, ReplayCounters>);
    return new Map(
      entries.map(([spi, { outbound, inbound }]) => [
        Number(spi),
        { outbound: Number(outbound) + OUTBOUND_MARGIN, inbound: Number(inbound) },
      ]),
    );
  } catch {
    return new Map();
  }
}

function writeState(path: string | undefined, counters: ReadonlyMap<number, ReplayCounters>): void {
  if (path === undefined || counters.size === 0) return;
  writeFileSync(path, `${JSON.stringify(Object.fromEntries(counters))}\n`, { mode: 0o600 });
}
