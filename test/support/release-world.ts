import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { ClientReleases, type ReleaseInput } from '../../server/contact/client-releases.ts';
import { ContactTables } from '../../server/contact/contact-tables.ts';
import { SurveyAnswers } from '../../server/contact/survey-answers.ts';

/** ms */
export const holdOffMs = 3000;
const patienceMs = 60_000;
const LATENCY_MS = 20;
/** a member has noticed that another one's channel is broken, or its process gone */
const NOTICE_MS = 60;
const LIFETIME_MS = 420_000;
const MOST_EVENTS = 200_000;
const contactNode = 0;

/** What happens to the members 0 (the contact node) to n − 1, at instants in ms. */
export type ReleaseMishap =
  /** no two of these hear each other from then on, or do again */
  | { readonly at: number; readonly kind: 'cut' | 'heal'; readonly between: readonly [number, number] }
  | { readonly at: number; readonly kind: 'die'; readonly member: number }
  /** the holder hands its client to this member; `initMs`, `boundMs`: when the state arrives, and when the client is bound behind that */
  | {
      readonly at: number;
      readonly kind: 'hand-off';
      readonly to: number;
      readonly initMs: number;
      readonly boundMs: number;
    };

export const member = (index: number): Ipv6Address => ipv6(`2001:db8:${index + 1}::2`);
export const client = ipv6('2001:db8:c::2');

/**
 * One client that is handed round while members die and lose each other, and the contact node's care for it: the roles that a member
 * runs, joined by channels that keep the order of frames, lose them when they break, and stand again at some time behind a cut.
 */
export class ReleaseWorld {
  now = 0;
  /** instants of deletions while a living member had the client, or was about to have it */
  readonly wrong: number[] = [];
  readonly deleted: number[] = [];
  readonly #size: number;
  readonly #tables = new ContactTables(100);
  readonly #releases: ClientReleases;
  readonly #answers: readonly SurveyAnswers[];
  readonly #dead = new Set<number>();
  /** by pair: cut; and how often its channel has been lost, with which all that was on it goes */
  readonly #cut = new Set<string>();
  readonly #lost = new Map<string, number>();
  readonly #down = new Set<string>();
  readonly #agenda: { readonly at: number; readonly order: number; readonly run: () => void }[] = [];
  #order = 0;
  /** who serves the client */
  #holder: number;
  /** to whom the holder has sent its state */
  #coming: number | undefined;
  /** whose state has arrived, and is not bound yet */
  #restored: number | undefined;
  #sequence = 100;

  constructor(size: number, holder: number, mishaps: readonly ReleaseMishap[]) {
    this.#size = size;
    this.#holder = holder;
    const tables = this.#tables;
    const [isHere, living] = [() => this.#has(contactNode), () => this.#others(contactNode).map(member)];
    this.#releases = new ClientReleases({ holdOffMs, patienceMs, tables, isHere, living });
    this.#answers = Array.from({ length: size }, (_, index) => {
      const role = new SurveyAnswers({
        isHere: () => this.#has(index),
        answer: (_to, dead, clients) =>
          this.#carry(index, contactNode, () => {
            const taken = clients.filter((one) => one.taken).map((one) => one.client);
            const asked = clients.map((one) => one.client);
            this.#tell({ kind: 'surveyed', by: member(index), dead, clients: asked, taken });
          }),
      });
      for (const other of this.#others(index)) role.connected(member(other));
      return role;
    });
    this.#tell({ kind: 'in-office' });
    this.#bound(holder);
    for (const mishap of mishaps) this.#at(mishap.at, () => this.#happen(mishap));
  }

  run(untilMs: number): this {
    for (let count = 0; count < MOST_EVENTS; count++) {
      const timer = this.#dead.has(contactNode) ? undefined : this.#releases.deadline();
      const next = this.#agenda.toSorted((a, b) => a.at - b.at || a.order - b.order)[0];
      const at = Math.min(timer ?? Infinity, next?.at ?? Infinity);
      if (at > untilMs) return this;
      this.now = Math.max(this.now, at);
      if (next !== undefined && next.at <= at) {
        this.#agenda.splice(this.#agenda.indexOf(next), 1);
        next.run();
      } else {
        this.#releases.handleTimeout(this.now);
        this.#drain();
      }
    }
    throw new RangeError('the releases do not come to rest');
  }

  /** The client is served by a living member. */
  get served(): boolean {
    return !this.#dead.has(this.#holder);
  }

  /** The contact node could know that the client's last member has died: that one is the last of which it was told. */
  get isToBeReleased(): boolean {
    const known = this.#tables.bindingOf(client, this.now)?.member;
    return !this.served && (known === undefined || known === member(this.#holder));
  }

  #has(index: number): boolean {
    return !this.#dead.has(index) && (this.#holder === index || this.#restored === index);
  }

  #others(index: number): readonly number[] {
    return [...Array(this.#size).keys()].filter((other) => other !== index);
  }

  #happen(mishap: ReleaseMishap): void {
    switch (mishap.kind) {
      case 'cut':
        this.#breaks(...mishap.between);
        return;
      case 'heal':
        this.#heals(...mishap.between);
        return;
      case 'die':
        this.#dies(mishap.member);
        return;
      case 'hand-off':
        this.#handOff(mishap);
        return;
      default:
        mishap satisfies never;
    }
  }

  #handOff({ to, initMs, boundMs }: Extract<ReleaseMishap, { kind: 'hand-off' }>): void {
    const from = this.#holder;
    const idle = this.#coming === undefined && this.#restored === undefined;
    if (!idle || to === from || this.#dead.has(from) || this.#dead.has(to)) return;
    this.#coming = to;
    const arrives = this.#carry(from, to, () => this.#arrives(to, boundMs), initMs);
    if (!arrives) this.#coming = undefined;
  }

  #arrives(to: number, boundMs: number): void {
    this.#coming = undefined;
    if (this.#dead.has(to)) return;
    this.#restored = to;
    this.#later(boundMs, () => {
      if (this.#restored !== to) return;
      this.#restored = undefined;
      if (this.#dead.has(to)) return;
      this.#holder = to;
      this.#bound(to);
    });
  }

  /** The holder tells the contact node. */
  #bound(index: number): void {
    this.#sequence += 2;
    const sequence = this.#sequence;
    this.#carry(index, contactNode, () => {
      const entry = {
        table: 'bound',
        client,
        sequence,
        member: member(index),
        lifetimeMs: LIFETIME_MS,
      } as const;
      if (!this.#tables.isNews(entry, this.now)) return;
      this.#tables.set(entry, this.now);
      this.#tell({ kind: 'bound', client });
    });
  }

  #breaks(one: number, other: number): void {
    this.#cut.add(pairOf(one, other));
    this.#later(NOTICE_MS, () => {
      if (this.#cut.has(pairOf(one, other))) this.#loses(one, other);
    });
  }

  #loses(one: number, other: number): void {
    const pair = pairOf(one, other);
    if (this.#down.has(pair)) return;
    this.#down.add(pair);
    this.#lost.set(pair, (this.#lost.get(pair) ?? 0) + 1);
    if (this.#coming !== undefined && pair === pairOf(this.#holder, this.#coming)) this.#coming = undefined;
    this.#answers[one]!.disconnected(member(other));
    this.#answers[other]!.disconnected(member(one));
    if (one === contactNode || other === contactNode)
      this.#tell({ kind: 'member-out-of-reach', member: member(one === contactNode ? other : one) });
  }

  #heals(one: number, other: number): void {
    const pair = pairOf(one, other);
    this.#cut.delete(pair);
    this.#later(NOTICE_MS, () => this.#meet(one, other));
  }

  #meet(one: number, other: number): void {
    const pair = pairOf(one, other);
    const unable = this.#cut.has(pair) || this.#dead.has(one) || this.#dead.has(other);
    if (unable || !this.#down.delete(pair)) return;
    this.#answers[one]!.connected(member(other));
    this.#answers[other]!.connected(member(one));
    if (one !== contactNode && other !== contactNode) return;
    const far = one === contactNode ? other : one;
    // Frames may have been lost with the channel: who holds the client says so.
    if (this.#holder === far) this.#bound(far);
    this.#tell({ kind: 'member-in-reach', member: member(far) });
  }

  #dies(index: number): void {
    if (this.#dead.has(index)) return;
    this.#dead.add(index);
    if (this.#restored === index) this.#restored = undefined;
    if (this.#coming === index) this.#coming = undefined;
    // What was sent is read first; with a cut between them the other one hears of it behind that.
    for (const other of this.#others(index)) this.#later(NOTICE_MS, () => this.#hearsOfDeath(other, index));
  }

  #hearsOfDeath(by: number, index: number): void {
    if (this.#dead.has(by)) return;
    const cut = this.#cut.has(pairOf(by, index));
    if (cut) {
      this.#later(NOTICE_MS, () => this.#hearsOfDeath(by, index));
      return;
    }
    this.#loses(by, index);
    if (by === contactNode) this.#tell({ kind: 'member-gone', member: member(index) });
  }

  /** In order, and not at all when the channel breaks before; false when it does not stand. */
  #carry(from: number, to: number, arrive: () => void, ms = LATENCY_MS): boolean {
    if (from === to) {
      arrive();
      return true;
    }
    const pair = pairOf(from, to);
    if (this.#down.has(pair)) return false;
    const times = this.#lost.get(pair) ?? 0;
    const order = this.#order++;
    const deliver = (): void => {
      if ((this.#lost.get(pair) ?? 0) !== times || this.#dead.has(to)) return;
      // It is sent again until the way is open, or the channel lost; what was sent later stays behind it.
      if (this.#cut.has(pair)) this.#agenda.push({ at: this.now + 1, order, run: deliver });
      else arrive();
    };
    this.#agenda.push({ at: this.now + Math.min(ms, NOTICE_MS), order, run: deliver });
    return true;
  }

  #tell(input: ReleaseInput): void {
    if (this.#dead.has(contactNode)) return;
    this.#releases.handle(input, this.now);
    this.#drain();
  }

  #drain(): void {
    for (let output = this.#releases.poll(); output !== undefined; output = this.#releases.poll()) {
      if (output.kind === 'survey') {
        const { member: to, dead, clients } = output;
        const index = [...Array(this.#size).keys()].find((one) => member(one) === to)!;
        this.#carry(contactNode, index, () =>
          this.#answers[index]!.asked(member(contactNode), dead, clients),
        );
      } else if (output.kind === 'delete') {
        this.deleted.push(this.now);
        const held = this.served || this.#restored !== undefined;
        if (held || this.#coming !== undefined) this.wrong.push(this.now);
        this.#tell({ kind: 'deleted', client });
        this.#tables.set({ ...this.#tables.bindingOf(client, this.now)!, member: ipv6('::') }, this.now);
      }
    }
  }

  #at(at: number, run: () => void): void {
    this.#agenda.push({ at, order: this.#order++, run });
  }

  #later(ms: number, run: () => void): void {
    this.#at(this.now + ms, run);
  }
}

function pairOf(one: number, other: number): string {
  return `${Math.min(one, other)} ${Math.max(one, other)}`;
}
