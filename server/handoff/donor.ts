import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import { isLate } from '../attention.ts';
import { contestedSequence, reclaimingSequence } from '../sequence-margin.ts';
import { encodeAxes, wholeAxes } from './axes.ts';
import { type BundledConnection, encodeConnections, whyNotInOneInit } from './connection-bundle.ts';
import type { ConnectionId, DonorInput, DonorOutput, DonorPlan } from './donor-types.ts';
import type { FrameToAcceptor, FrameToDonor } from './frames.ts';
import { checkTransition, type Transitions } from './transitions.ts';

/** The connections that have not come to an end; and until the acceptor answers, when it was asked whether it is there. */
interface Serving {
  readonly connections: readonly ConnectionId[];
  readonly askedAt?: Instant;
}

/** Frozen, and told to the acceptor. */
interface Initiated {
  readonly connections: readonly ConnectionId[];
  /** of the last Binding Update before the handoff */
  readonly sequence: number;
  /** The client's answer to `contest` decides: the acceptor asks before it goes above its first number, and has not been granted that. */
  readonly decisive: boolean;
}

/** Something went wrong with the acceptor: what, and when the client is given up if nothing has become known by then. */
interface Doubting extends Initiated {
  readonly reason: string;
  readonly giveUpAt: Instant;
}

type DonorState =
  /** `unsent`: connections with octets that the kernel does not have yet */
  | ({ readonly name: 'sending'; readonly unsent: readonly ConnectionId[] } & Serving)
  | ({ readonly name: 'draining'; readonly undrained: readonly ConnectionId[] } & Serving)
  | ({ readonly name: 'waiting'; readonly until: Instant } & Serving)
  /** everything is ready, but nothing has been heard of the acceptor */
  | ({ readonly name: 'asking'; readonly until: Instant } & Serving)
  /** everything is ready, but the member that this one has the client from may still take it back */
  | ({ readonly name: 'unsettled' } & Serving)
  | ({
      readonly name: 'extracting';
      readonly states: ReadonlyMap<ConnectionId, BundledConnection>;
      readonly sequence: number;
    } & Serving)
  /** `look`: when the acceptor is asked again, or, where `asked`, its answer is due */
  | ({
      readonly name: 'initiated';
      readonly until: Instant;
      readonly look: Instant;
      readonly asked?: Instant;
    } & Initiated)
  /** has the acceptor bound the client? */
  | ({ readonly name: 'uncertain'; readonly until: Instant } & Doubting)
  /** the client is being asked; `claimed`: so does the acceptor ask this member */
  | ({ readonly name: 'contesting'; readonly claimed: boolean } & Doubting)
  /** the acceptor has bound it: the client is the acceptor's, until it is known not to serve */
  | ({ readonly name: 'yielding' } & Doubting)
  /**
   * `quiet`: the acceptor is known not to serve; otherwise what it has sent late must come to an end first. `untouched`: the client has said that the
   * acceptor never had it
   */
  | ({ readonly name: 'reclaiming'; readonly quiet: boolean; readonly untouched: boolean } & Doubting)
  | ({ readonly name: 'outwaiting'; readonly until: Instant } & Doubting)
  | { readonly name: 'finished' };

type Name = DonorState['name'];
type In<Names extends Name> = Extract<DonorState, { readonly name: Names }>;
type Early = In<'sending' | 'draining' | 'waiting' | 'asking' | 'unsettled' | 'extracting'>;
type Late = Exclude<DonorState, Early | In<'finished'>>;

/** All that may follow each state. The figure in README.md is this list. */
export const donorTransitions: Transitions<Name> = {
  sending: ['draining', 'waiting', 'asking', 'unsettled', 'extracting', 'finished'],
  draining: ['asking', 'unsettled', 'extracting', 'finished'],
  waiting: ['asking', 'unsettled', 'extracting', 'finished'],
  asking: ['unsettled', 'extracting', 'finished'],
  unsettled: ['asking', 'extracting', 'finished'],
  extracting: ['initiated', 'finished'],
  initiated: ['uncertain', 'contesting', 'reclaiming', 'finished'],
  uncertain: ['contesting', 'reclaiming', 'finished'],
  contesting: ['uncertain', 'yielding', 'reclaiming', 'finished'],
  yielding: ['reclaiming', 'finished'],
  reclaiming: ['outwaiting', 'finished'],
  outwaiting: ['finished'],
  finished: [],
};

/** An acceptor goes on asking longer (`MOST_RENEWALS`). */
const PATIENCE_IN_LEASES = 200;

/**
 * The donor's half of a handoff; ends with `handed-off`, `resume` or `lose`, exactly once.
 *
 * Until Init has gone out the donor is the only one that can serve, and any failure lets it serve on. Behind it the donor is frozen and
 * finds out whether the acceptor serves. It serves on only when it knows that the acceptor does not and never will: by the acceptor's
 * word, by the end of its process, or because the client is not bound to it. See docs/server-library.md, "When a member dies".
 *
 * All connections of the client move, or none does: a binding moves all of the client's packets to the contact address (paper §7.4).
 */
export class Donor implements Role<DonorInput, DonorOutput> {
  readonly #plan: DonorPlan;
  readonly #outputs: DonorOutput[] = [];
  #state: DonorState;

  constructor(plan: DonorPlan) {
    this.#plan = plan;
    this.#state = { name: 'sending', connections: plan.connections, unsent: plan.connections };
    if (plan.variant.prepareAt === 'request') this.#announce();
  }

  get finished(): boolean {
    return this.#state.name === 'finished';
  }

  /** For who draws or checks the transitions. */
  get state(): Name {
    return this.#state.name;
  }

  handle(input: DonorInput, now: Instant): void {
    const state = this.#state;
    switch (state.name) {
      case 'sending':
      case 'draining':
      case 'waiting':
      case 'asking':
      case 'unsettled':
      case 'extracting':
        this.#early(state, input, now);
        return;
      case 'initiated':
      case 'uncertain':
      case 'contesting':
      case 'yielding':
      case 'reclaiming':
      case 'outwaiting':
        this.#late(state, input, now);
        return;
      // Whatever is heard afterwards changes nothing.
      case 'finished':
        return;
      default:
        state satisfies never;
    }
  }

  poll(): DonorOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    const state = this.#state;
    switch (state.name) {
      case 'waiting':
      case 'asking':
      case 'uncertain':
      case 'outwaiting':
        return state.until;
      case 'initiated':
        return Math.min(state.until, state.look);
      case 'yielding':
        return state.giveUpAt;
      case 'sending':
      case 'draining':
      case 'unsettled':
      case 'extracting':
      case 'contesting':
      case 'reclaiming':
      case 'finished':
        return undefined;
      default:
        return state satisfies never;
    }
  }

  handleTimeout(now: Instant): void {
    const due = this.deadline();
    if (due === undefined || now < due) return;
    const state = this.#state;
    if (state.name === 'waiting') this.#freeze(state, now);
    else if (state.name === 'asking') this.#answerDue(state, now);
    else if (state.name === 'initiated') this.#look(state, now);
    else if (state.name === 'uncertain') this.#contest(state);
    else if (state.name === 'yielding') this.#lose(state, `${state.reason}; nothing is heard of it`);
    else if (state.name === 'outwaiting') this.#resume(state.connections, state.reason, true);
  }

  /** Before Init. */
  #early(state: Early, input: DonorInput, now: Instant): void {
    switch (input.kind) {
      case 'last-send-returned':
        if (state.name === 'sending') this.#sent(without(state, 'unsent', input.connection), now);
        return;
      case 'drained':
        if (state.name === 'draining') this.#drained(without(state, 'undrained', input.connection), now);
        return;
      case 'settled':
        if (state.name === 'unsettled') this.#freeze(state, now);
        return;
      case 'extracted':
        if (state.name === 'extracting') this.#extracted(state, input, now);
        return;
      case 'not-extracted':
        if (state.name === 'extracting') this.#stay(state, input.reason);
        return;
      case 'cancelled':
        this.#stay(state, input.reason);
        return;
      case 'client-gone':
        this.#gone(state, input.connection, now);
        return;
      case 'here':
        this.#here(state);
        return;
      case 'refuse':
        this.#resume(state.connections, `the acceptor refuses: ${input.reason}`, false);
        return;
      case 'channel-lost':
      case 'unsent':
        this.#resume(state.connections, 'the channel to the acceptor is lost', false);
        return;
      case 'peer-gone':
        this.#resume(state.connections, 'the acceptor has ended', false);
        return;
      // Nobody was asked for any of these yet; a client's answers are to this member's own Binding Updates.
      case 'prepared':
      case 'done':
      case 'claim':
      case 'channel-restored':
      case 'routable':
      case 'bound':
      case 'superseded':
      case 'refused':
      case 'unanswered':
      case 'moved':
        return;
      default:
        input satisfies never;
    }
  }

  #sent(state: In<'sending'>, now: Instant): void {
    this.#to(state);
    if (state.unsent.length > 0) return;
    const { variant, waitMs } = this.#plan;
    this.#put({ kind: 'hold-new-connections' });
    if (variant.prepareAt === 'last-send') this.#announce();
    // While the client still takes what is under way to it.
    const serving = servingOf(this.#isFresh(now) ? state : this.#ask(state, now));
    const { connections } = serving;
    if (variant.freezeAt === 'drained') {
      this.#to({ name: 'draining', undrained: connections, ...serving });
      this.#put({ kind: 'watch-drain', connections });
    } else if (waitMs > 0) this.#to({ name: 'waiting', until: now + waitMs, ...serving });
    else this.#freeze(serving, now);
  }

  #drained(state: In<'draining'>, now: Instant): void {
    this.#to(state);
    if (state.undrained.length === 0) this.#freeze(state, now);
  }

  /** Not before a sign of life: for an acceptor that is out of reach the client would stand still in vain. */
  #freeze(serving: Serving, now: Instant): void {
    if (this.#isFresh(now)) {
      this.#extract(serving);
      return;
    }
    const asking = serving.askedAt === undefined ? this.#ask(serving, now) : serving;
    this.#to({ name: 'asking', ...servingOf(asking), until: (asking.askedAt ?? now) + this.#patienceMs });
  }

  #extract(serving: Serving): void {
    const { connections } = serving;
    if (!this.#plan.settled()) {
      this.#to({ name: 'unsettled', ...servingOf(serving) });
      return;
    }
    this.#to({ name: 'extracting', connections, states: new Map(), sequence: 0 });
    this.#put({ kind: 'freeze-and-extract', connections });
  }

  /** The acceptor's answer is due. */
  #answerDue(state: In<'asking'>, now: Instant): void {
    if (isLate(now, state.until)) this.#to({ ...state, until: now + this.#patienceMs });
    else if (this.#isFresh(now)) this.#extract(state);
    else this.#stay(state, 'nothing is heard of the acceptor');
  }

  #here(state: Early): void {
    const { askedAt: _, ...answered } = state;
    if (state.name === 'asking') this.#extract({ connections: state.connections });
    else this.#to(answered as Early);
  }

  /** The acceptor has been heard of lately. */
  #isFresh(now: Instant): boolean {
    const { attention } = this.#plan;
    return attention === undefined || now - attention.heardAt() <= attention.freshMs;
  }

  get #patienceMs(): number {
    return this.#plan.attention?.patienceMs ?? 0;
  }

  #ask({ connections }: Serving, now: Instant): Serving {
    this.#send({ kind: 'ask', handoff: this.#plan.handoff });
    return { connections, askedAt: now };
  }

  #extracted(
    state: In<'extracting'>,
    { connection, state: extracted, sequence }: Extract<DonorInput, { kind: 'extracted' }>,
    now: Instant,
  ): void {
    const states = new Map(state.states);
    if (state.connections.includes(connection)) states.set(connection, extracted);
    this.#initiate({ ...state, states, sequence }, now);
  }

  /** As soon as every connection's state is there. */
  #initiate(state: In<'extracting'>, now: Instant): void {
    const { connections, sequence } = state;
    const states = connections.flatMap((connection) => state.states.get(connection) ?? []);
    this.#to(state);
    if (states.length < connections.length) return;
    const reason = whyNotInOneInit(states);
    if (reason !== undefined) {
      this.#stay(state, reason);
      return;
    }
    const { handoff, client, contactAddress, variant, doneTimeoutMs, attention, claims } = this.#plan;
    const until = now + doneTimeoutMs;
    const look = now + (attention?.everyMs ?? Number.POSITIVE_INFINITY);
    const { binder, firstPath } = wholeAxes(variant);
    // What comes in the reverse tunnel the client takes whoever has bound it: that the number was free says nothing then.
    const decisive = claims && binder === 'acceptor' && firstPath === 'optimised';
    this.#to({ name: 'initiated', connections, sequence, decisive, until, look });
    if (firstPath === 'reverse-tunnel') this.#put({ kind: 'stop-optimising' });
    const told = { handoff, client, contactAddress, variant: encodeAxes(variant), sequence };
    this.#send({ kind: 'init', ...told, ...encodeConnections(states) });
  }

  /** A connection that ends before its state has gone out is simply not moved. */
  #gone(state: Early, connection: ConnectionId, now: Instant): void {
    if (!state.connections.includes(connection)) return;
    const connections = state.connections.filter((one) => one !== connection);
    if (connections.length === 0) {
      this.#withdraw(state);
      this.#to({ name: 'finished' });
      const reason = 'the client has closed its connection';
      this.#put({ kind: 'lose', connections: state.connections, reason, unbound: false });
      return;
    }
    this.#put({ kind: 'leave-out', connection });
    if (state.name === 'sending') this.#sent({ ...without(state, 'unsent', connection), connections }, now);
    else if (state.name === 'draining')
      this.#drained({ ...without(state, 'undrained', connection), connections }, now);
    else if (state.name === 'extracting') this.#initiate({ ...state, connections }, now);
    else this.#to({ ...state, connections });
  }

  /** The handoff comes to nothing before Init: an acceptor that was asked to prepare must not wait for one. */
  #stay(state: Early, reason: string): void {
    this.#withdraw(state);
    this.#resume(state.connections, reason, false);
  }

  #withdraw({ name }: Early): void {
    const { announced, variant } = this.#plan;
    const told = variant.prepareAt === 'last-send' ? name !== 'sending' : variant.prepareAt === 'request';
    if (announced || told) this.#cancel();
  }

  /** Once is enough. */
  #announce(): void {
    if (!this.#plan.announced) this.#put({ kind: 'announce' });
  }

  /** Behind Init. */
  #late(state: Late, input: DonorInput, now: Instant): void {
    switch (input.kind) {
      case 'refuse':
        this.#refused(state, input, now);
        return;
      case 'done':
        this.#done(state, input.sequence);
        return;
      case 'here':
        if (state.name === 'initiated') this.#attended(state, now);
        return;
      case 'claim':
        this.#claimed(state);
        return;
      case 'unsent':
        // Of an acceptor that never got Init nobody need wonder whether it serves.
        if (state.name === 'initiated' && input.frame === 'init')
          this.#resume(state.connections, 'there is no channel to the acceptor', false);
        else this.#silent(state, 'the channel to the acceptor is lost', now);
        return;
      case 'channel-lost':
        this.#silent(state, 'the channel to the acceptor is lost', now);
        return;
      case 'channel-restored':
        if (isDoubtful(state)) this.#cancel();
        return;
      case 'peer-gone':
        this.#acceptorGone(state, now);
        return;
      case 'bound':
        if (state.name === 'contesting') this.#contestWon(state);
        else if (state.name === 'reclaiming') this.#reclaimed(state, now);
        return;
      case 'superseded':
        if (state.name === 'contesting') this.#yield(state);
        else if (state.name === 'reclaiming') this.#lose(state, `${state.reason}; ${input.reason}`);
        return;
      case 'refused':
        if (state.name === 'contesting' || state.name === 'reclaiming')
          this.#lose(state, `${state.reason}; ${input.reason}`);
        return;
      case 'unanswered':
        if (state.name === 'contesting' || state.name === 'reclaiming')
          this.#unanswered(state, input.reason, now);
        return;
      // What the acceptor was answered, whoever answers now hears from it within a lease.
      case 'moved':
        if (state.name === 'contesting') this.#doubt(state, now);
        return;
      // A frozen socket hears nothing of its client: if it ends, that is this member's doing, and the acceptor may serve.
      case 'client-gone':
        return;
      // Of the time before Init, or about tests whose outcome `bound` tells.
      case 'last-send-returned':
      case 'drained':
      case 'extracted':
      case 'not-extracted':
      case 'cancelled':
      case 'settled':
      case 'prepared':
      case 'routable':
        return;
      default:
        input satisfies never;
    }
  }

  #attended({ asked: _, ...state }: In<'initiated'>, now: Instant): void {
    this.#to({ ...state, look: now + (this.#plan.attention?.everyMs ?? Number.POSITIVE_INFINITY) });
  }

  /** Asks the acceptor whether it is there, or has waited for its answer. */
  #look(state: In<'initiated'>, now: Instant): void {
    const { attention, handoff, doneTimeoutMs } = this.#plan;
    if (now >= state.until) this.#giveUp(state, `no Done within ${doneTimeoutMs} ms`, now);
    else if (attention !== undefined) {
      const { patienceMs } = attention;
      const { asked } = state;
      if (asked === undefined) this.#send({ kind: 'ask', handoff });
      const due = Math.max(asked ?? now, attention.progressAt()) + patienceMs;
      const from = asked === undefined || isLate(now, due) ? now : asked;
      const look = Math.max(from, attention.progressAt()) + patienceMs;
      if (now < look) this.#to({ ...state, look, asked: from });
      else this.#giveUp(state, 'nothing is heard of the acceptor', now);
    }
  }

  /** The acceptor is to give up, too, should it hear of it. */
  #giveUp(state: In<'initiated'>, reason: string, now: Instant): void {
    this.#cancel();
    this.#silent(state, reason, now);
  }

  /** Nothing is heard of the acceptor. Who has the client? */
  #silent(state: Late, reason: string, now: Instant): void {
    if (state.name !== 'initiated') return;
    const doubting = this.#doubting(state, reason, now);
    if (state.decisive) this.#contest(doubting);
    else this.#doubt(doubting, now);
  }

  #contest(state: Doubting): void {
    this.#to({ name: 'contesting', ...doubtingOf(state), claimed: false });
    this.#put({ kind: 'contest', sequence: contestedSequence(state.sequence) });
  }

  /**
   * The client has accepted the number from this member, and will from nobody else. Before it is served a second, far greater number says so: should this member
   * die, the acceptor, whose own first number is the same as the one that was contested, learns from the client whether it was served here.
   */
  #contestWon(state: In<'contesting'>): void {
    if (state.claimed) this.#cancel();
    this.#reclaim(state, { quiet: state.decisive, untouched: state.decisive });
  }

  #yield(state: In<'contesting'>): void {
    this.#to({ name: 'yielding', ...doubtingOf(state), decisive: state.decisive && !state.claimed });
    if (state.claimed) this.#grant();
  }

  /** A client that does not answer may be cut off from here, as the acceptor is: it is asked again. */
  #unanswered(state: In<'contesting' | 'reclaiming'>, reason: string, now: Instant): void {
    if (now >= state.giveUpAt) this.#lose(state, `${state.reason}; ${reason}`);
    else if (state.name === 'reclaiming') this.#reclaim(state, state);
    else this.#doubt(state, now);
  }

  #doubt(state: Doubting, now: Instant): void {
    this.#to({ name: 'uncertain', ...doubtingOf(state), until: this.#twoLeases(now) });
  }

  /** The client has refused the acceptor's number, which another transmission of its own may have used, or this member. */
  #claimed(state: Late): void {
    if (state.name === 'contesting' && state.decisive) this.#to({ ...state, claimed: true });
    else if (state.name === 'initiated' || state.name === 'uncertain' || state.name === 'yielding') {
      // It may use greater numbers from now on.
      this.#to({ ...state, decisive: false });
      this.#grant();
    } else this.#cancel();
  }

  #done(state: Late, sequence: number): void {
    if (state.name !== 'initiated' && !isDoubtful(state)) return;
    const { handoff } = this.#plan;
    this.#to({ name: 'finished' });
    this.#put({ kind: 'handed-off', connections: state.connections, sequence });
    this.#send({ kind: 'released', handoff });
  }

  /** The acceptor does not serve, and never will. */
  #refused(state: Late, { reason, bound }: Extract<FrameToDonor, { kind: 'refuse' }>, now: Instant): void {
    if (state.name !== 'initiated' && !isDoubtful(state)) return;
    const refused = { ...this.#doubting(state, '', now), reason: `the acceptor refuses: ${reason}` };
    const asked = state.name === 'contesting' || state.name === 'yielding';
    if (bound || asked) this.#reclaim(refused, { quiet: true, untouched: false });
    else this.#resume(state.connections, refused.reason, false);
  }

  #acceptorGone(state: Late, now: Instant): void {
    if (state.name === 'reclaiming') this.#to({ ...state, quiet: true });
    else if (state.name === 'outwaiting') this.#resume(state.connections, state.reason, true);
    else
      this.#reclaim(this.#doubting(state, 'the acceptor has ended', now), { quiet: true, untouched: false });
  }

  #reclaim(state: Doubting, { quiet, untouched }: Pick<In<'reclaiming'>, 'quiet' | 'untouched'>): void {
    this.#to({ name: 'reclaiming', ...doubtingOf(state), quiet, untouched });
    this.#put({ kind: 'reclaim', sequence: reclaimingSequence(state.sequence) });
  }

  #reclaimed(state: In<'reclaiming'>, now: Instant): void {
    if (state.quiet) this.#resume(state.connections, state.reason, !state.untouched);
    else this.#to({ name: 'outwaiting', ...doubtingOf(state), until: this.#twoLeases(now) });
  }

  /** What went wrong first counts. */
  #doubting(state: In<'initiated'> | Doubting, reason: string, now: Instant): Doubting {
    if ('giveUpAt' in state) return state;
    return { ...initiatedOf(state), reason, giveUpAt: now + PATIENCE_IN_LEASES * this.#plan.leaseMs };
  }

  #twoLeases(now: Instant): Instant {
    return now + 2 * this.#plan.leaseMs;
  }

  #resume(connections: readonly ConnectionId[], reason: string, checkClient: boolean): void {
    this.#to({ name: 'finished' });
    this.#put({ kind: 'resume', connections, reason, checkClient });
  }

  #lose({ connections }: Initiated, reason: string): void {
    this.#to({ name: 'finished' });
    this.#put({ kind: 'lose', connections, reason, unbound: true });
  }

  #grant(): void {
    this.#send({ kind: 'grant', handoff: this.#plan.handoff });
  }

  #cancel(): void {
    this.#send({ kind: 'cancel', handoff: this.#plan.handoff });
  }

  #send(frame: FrameToAcceptor): void {
    this.#put({ kind: 'send', frame });
  }

  #put(output: DonorOutput): void {
    this.#outputs.push(output);
  }

  #to(state: DonorState): void {
    checkTransition('donor', donorTransitions, this.#state.name, state.name);
    this.#state = state;
  }
}

/** What has become of Init is not known. */
function isDoubtful(state: Late): state is In<'uncertain' | 'contesting' | 'yielding'> {
  return state.name === 'uncertain' || state.name === 'contesting' || state.name === 'yielding';
}

/** The state with this connection gone from one of its lists. */
function without<State extends DonorState, List extends keyof State>(
  state: State & { readonly [Key in List]: readonly ConnectionId[] },
  list: List,
  connection: ConnectionId,
): State {
  return { ...state, [list]: state[list].filter((one) => one !== connection) };
}

function servingOf({ connections, askedAt }: Serving): Serving {
  return { connections, ...(askedAt === undefined ? {} : { askedAt }) };
}

function initiatedOf({ connections, sequence, decisive }: Initiated): Initiated {
  return { connections, sequence, decisive };
}

function doubtingOf(state: Doubting): Doubting {
  return { ...initiatedOf(state), reason: state.reason, giveUpAt: state.giveUpAt };
}
