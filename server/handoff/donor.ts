import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import { MAX_TOKEN_LIFETIME } from '../../mip6/wire/constants.ts';
import { isLate } from '../attention.ts';
import { contestedSequence, reclaimingSequence } from '../sequence-margin.ts';
import { awaitsPrepared, encodeAxes, type WholeAxes, wholeAxes } from './axes.ts';
import type { FallbackRule } from './choose-axes.ts';
import type { CareOfProof } from './client-bindings.ts';
import { encodeConnections, whyNotInOneInit } from './connection-bundle.ts';
import {
  type DonorState,
  type Doubting,
  donorTransitions,
  doubtingOf,
  type Early,
  type In,
  type Initiated,
  initiatedOf,
  isDoubtful,
  type Late,
  type Name,
  type Serving,
  servingOf,
  type TimedProof,
  without,
} from './donor-states.ts';
import type { ConnectionId, DonorInput, DonorOutput, DonorPlan } from './donor-types.ts';
import type { FrameToAcceptor, FrameToDonor } from './frames.ts';
import { checkTransition } from './transitions.ts';

export { donorTransitions } from './donor-states.ts';

/** How the client is taken back of an acceptor that has not heard of it. */
const NEVER_SERVED = { quiet: true, untouched: true } as const;
/** A token's life (RFC 6275 §5.2.7), and what the Binding Update may take to the client; ms. */
const OLDEST_PROOF_MS = (MAX_TOKEN_LIFETIME - 10) * 1000;
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
    const { connections, prepared } = plan;
    const known = prepared === undefined ? {} : { proof: prepared };
    this.#state = { name: 'sending', connections, unsent: connections, ...known };
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
      case 'announced':
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
      case 'announced':
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
    else if (state.name === 'announced') this.#ready(state, now);
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
        if (state.name === 'unsettled') this.#ready(state, now);
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
      case 'prepared':
        this.#prepared(state, input, now);
        return;
      // Nobody was asked for any of these yet; a client's answers are to this member's own Binding Updates.
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

  #prepared(state: Early, frame: Extract<FrameToDonor, { kind: 'prepared' }>, now: Instant): void {
    const proof = { ...proofOf(frame), at: now };
    if (state.name === 'announced') this.#ready({ ...state, proof }, now);
    else this.#to({ ...state, proof } as Early);
  }

  /** Not before the acceptor has been tested by the client, where the gap would be longer by that: this member serves until then. */
  #freeze(serving: Serving, now: Instant): void {
    const { variant, doneTimeoutMs } = this.#plan;
    if (!awaitsPrepared(variant) || serving.proof !== undefined) this.#ready(serving, now);
    else this.#to({ name: 'announced', ...servingOf(serving), until: now + doneTimeoutMs / 2 });
  }

  /** Not before a sign of life: for an acceptor that is out of reach the client would stand still in vain. */
  #ready(serving: Serving, now: Instant): void {
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
    this.#to({ name: 'extracting', ...servingOf(serving), states: new Map(), sequence: 0 });
    const leavesOut = this.#plan.variant.travels === 'positions' ? { leavesOut: true as const } : {};
    this.#put({ kind: 'freeze-and-extract', connections, ...leavesOut });
  }

  /** The acceptor's answer is due. */
  #answerDue(state: In<'asking'>, now: Instant): void {
    if (isLate(now, state.until)) this.#to({ ...state, until: now + this.#patienceMs });
    else if (this.#isFresh(now)) this.#extract(state);
    else this.#stay(state, 'nothing is heard of the acceptor');
  }

  #here(state: Early): void {
    const { askedAt: _, ...answered } = state;
    if (state.name === 'asking') this.#extract(state);
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

  #ask(serving: Serving, now: Instant): Serving {
    this.#send({ kind: 'ask', handoff: this.#plan.handoff });
    return { ...servingOf(serving), askedAt: now };
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
    const { proof } = state;
    const axes = this.#axesOfInit(proof, now);
    const bound = axes.binder !== 'acceptor' && proof !== undefined;
    // Of the last Binding Update that anybody has sent for the client by the time that Init is read.
    const last = bound ? (sequence + axes.copies) & 0xffff : sequence;
    this.#initiated({ connections, sequence: last, decisive: this.#isDecisive(axes), bound }, now);
    if (bound) this.#put({ kind: 'bind-for-acceptor', proof, copies: axes.copies });
    else if (axes.firstPath === 'reverse-tunnel') this.#put({ kind: 'stop-optimising' });
    const { handoff, client, contactAddress } = this.#plan;
    const told = { handoff, client, contactAddress, variant: encodeAxes(axes), sequence: last };
    this.#send({ kind: 'init', ...told, ...encodeConnections(states) });
  }

  #initiated(initiated: Initiated, now: Instant): void {
    const { doneTimeoutMs, attention } = this.#plan;
    const look = now + (attention?.everyMs ?? Number.POSITIVE_INFINITY);
    this.#to({ name: 'initiated', ...initiated, until: now + doneTimeoutMs, look });
  }

  /** What comes in the reverse tunnel, or behind an update of this member's, the client takes whether or not the number was free. */
  #isDecisive({ binder, firstPath }: WholeAxes): boolean {
    return this.#plan.claims && binder === 'acceptor' && firstPath === 'optimised';
  }

  /** As asked for, unless this member cannot bind the client to the acceptor: then that one does it, as soon. */
  #axesOfInit(proof: TimedProof | undefined, now: Instant): WholeAxes {
    const axes = wholeAxes(this.#plan.variant);
    if (axes.binder === 'acceptor') return axes;
    const rule = this.#whyNotBound(proof, now);
    if (rule === undefined) return axes;
    this.#put({ kind: 'fall-back', rule });
    return { ...axes, binder: 'acceptor', start: 'update', copies: 2, guardMs: 1 };
  }

  #whyNotBound(proof: TimedProof | undefined, now: Instant): FallbackRule | undefined {
    if (proof === undefined) return 'acceptor-not-tested';
    if (proof.ageMs + (now - proof.at) > OLDEST_PROOF_MS) return 'care-of-token-too-old';
    return this.#plan.holdsHomeToken?.() === false ? 'no-home-token' : undefined;
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
        if (state.name === 'initiated' && input.frame === 'init' && state.bound)
          this.#reclaim(this.#doubting(state, 'there is no channel to the acceptor', now), NEVER_SERVED);
        else if (state.name === 'initiated' && input.frame === 'init')
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
    if (bound || asked || state.bound) this.#reclaim(refused, { quiet: true, untouched: false });
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

function proofOf({ careOfKeygenToken, careOfNonceIndex, ageMs }: CareOfProof): CareOfProof {
  return { careOfKeygenToken, careOfNonceIndex, ageMs };
}
