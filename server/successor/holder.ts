import { earliest } from '../../mip6/roles/shared/instants.ts';
import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import { isNewerSequence, nextSequence, previousSequence } from '../../mip6/roles/shared/sequence.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { Machine } from '../transitions.ts';
import { afterProbe, disputeDeadline, disputeFrom } from './dispute.ts';
import { EVERY_PORT } from './frames.ts';
import { GatedConnections } from './gated-connections.ts';
import { HeldConnections } from './held-connections.ts';
import {
  type HolderIn,
  type HolderState,
  type HolderStateName,
  holderTransitions,
  whyUnprotected,
} from './holder-state.ts';
import type { Checkpoint, HolderInput, HolderOutput, HolderPlan, Protection } from './holder-types.ts';
import { OwnBinding } from './own-binding.ts';
import { hasRoom, takeoverNumber } from './takeover-number.ts';

/** ms until a member is looked for again where there was none */
const LOOK_AGAIN_MS = 5000;
/** ms until a client that did not answer is asked again */
const ASK_AGAIN_MS = 5000;
const ANOTHERS = 'the client is another member’s';
/** Why a client without Mobile IPv6 is not protected. */
export const NOT_MOBILE =
  'the client has no Mobile IPv6: nobody can ask it whose it is, and a member that was only cut off would serve on';

/**
 * What a member does so that a client's connections outlive it: it has all of them at one backup, and tells it of each checkpoint.
 *
 * A checkpoint stays good as long as nothing newer is told: where the client stands, the client itself says. So a backup that is out of reach is fenced off
 * before another is chosen: it may have what is out of date by then.
 */
export class Holder implements Role<HolderInput, HolderOutput> {
  readonly #plan: HolderPlan;
  readonly #connections = new HeldConnections();
  readonly #refusing = new Set<Ipv6Address>();
  readonly #machine = new Machine<HolderState, HolderOutput>('holder', holderTransitions, {
    name: 'choosing',
  });
  #mobile = true;
  #disputes = false;
  readonly #binding: OwnBinding;
  readonly #gated: GatedConnections;

  constructor(plan: HolderPlan) {
    this.#plan = plan;
    this.#binding = new OwnBinding(plan.isBound());
    this.#gated = new GatedConnections(this.#connections, (output) => this.#machine.put(output));
    this.#choose();
  }

  get finished(): boolean {
    return this.state === 'finished';
  }

  /** For who draws or checks the transitions. */
  get state(): HolderStateName {
    return this.#machine.state.name;
  }

  /** the member that has the client's replica, or is being given it */
  get backup(): Ipv6Address | undefined {
    const { state } = this.#machine;
    return state.name === 'backed' ? state.backup : undefined;
  }

  /** the one that is being fenced off */
  get fencing(): Ipv6Address | undefined {
    const { state } = this.#machine;
    return state.name === 'contesting' ? state.backup : undefined;
  }

  handle(input: HolderInput, now: Instant): void {
    const { state } = this.#machine;
    if (state.name === 'finished') return;
    switch (input.kind) {
      case 'checkpoint':
        this.#checkpoint(state, input);
        break;
      case 'segment':
        this.#gated.segment(state, input, now);
        break;
      case 'ended':
        this.#ended(state, input.port);
        break;
      case 'chosen':
        if (state.name === 'choosing') this.#chosen(input.backup, now);
        break;
      case 'acknowledged':
        if (
          state.name === 'backed' &&
          input.number > state.acknowledged &&
          input.number <= this.#connections.number
        )
          this.#acknowledged({ ...state, acknowledged: input.number }, now);
        break;
      case 'refused-by-backup':
        if (state.name === 'backed') this.#refused(state.backup, input.reason, now);
        break;
      case 'backup-lost':
        if (state.name === 'backed') this.#contest(state.takeover, state.backup);
        break;
      case 'backup-gone':
        if (state.name === 'contesting' && state.disputed !== undefined) this.#reclaim(state);
        else if (state.name === 'backed' || state.name === 'contesting') this.#choose();
        break;
      case 'member-in-reach':
        this.#refusing.clear();
        if (state.name === 'alone') this.#choose();
        break;
      case 'leaving':
        this.#leave(state);
        break;
      case 'staying':
        this.#stay(state);
        break;
      case 'not-mobile':
        this.#notMobile(state);
        break;
      case 'bound':
        this.#bindingAcknowledged(state, input.sequence);
        break;
      case 'superseded':
        this.#superseded(state, now);
        break;
      case 'answers-probe':
        if (state.name === 'contesting' && state.disputed !== undefined) this.#reclaim(state);
        break;
      case 'unanswered':
        this.#binding.failed(input.reason);
        if (state.name === 'contesting' && state.disputed === undefined)
          this.#machine.to({ ...state, againAt: now + ASK_AGAIN_MS });
        break;
      case 'refused':
        this.#binding.failed(input.reason);
        if (state.name === 'contesting') this.#alone(input.reason, now + LOOK_AGAIN_MS);
        break;
      case 'routable':
      case 'moved':
        break;
      default:
        input satisfies never;
    }
    this.#settle();
  }

  poll(): HolderOutput | undefined {
    return this.#machine.poll();
  }

  deadline(): Instant | undefined {
    const { state } = this.#machine;
    if (state.name === 'alone') return Number.isFinite(state.until) ? state.until : undefined;
    if (state.name === 'backed') return this.#gated.dueAt(this.#plan.silentMs(state.backup));
    if (state.name !== 'contesting') return undefined;
    return earliest([state.againAt, disputeDeadline(state.disputed)]);
  }

  handleTimeout(now: Instant): void {
    const due = this.deadline();
    const { state } = this.#machine;
    if (due === undefined || now < due) return;
    if (state.name === 'alone') {
      this.#refusing.clear();
      this.#choose();
    } else if (state.name === 'contesting') this.#askAgain(state, now);
    // It says nothing about what waits at a gate.
    else if (state.name === 'backed') this.handle({ kind: 'backup-lost' }, now);
    this.#settle();
  }

  #acknowledged(state: HolderIn<'backed'>, now: Instant): void {
    this.#machine.to(state);
    this.#gated.acknowledged(state, now);
  }

  #settle(): void {
    this.#gated.settle(this.#machine.state);
    this.#tell();
  }

  #checkpoint(state: HolderState, checkpoint: Checkpoint): void {
    this.#gated.pass(this.#connections.keep(checkpoint));
    if (state.name === 'backed' && this.#mayKeep(checkpoint.port)) this.#send(state, checkpoint.port);
  }

  /** Nothing of the client's input is missing behind its checkpoint. */
  #mayKeep(port: number): boolean {
    return this.#connections.gate(port)?.whyOpen === undefined;
  }

  #send({ backup: to, takeover }: HolderIn<'backed'>, port: number): void {
    this.#machine.put({ kind: 'send-replica', to, takeover, ...this.#connections.next(port) });
  }

  #ended(state: HolderState, port: number): void {
    if (!this.#connections.end(port, (ids) => this.#gated.pass(ids))) return;
    if (state.name === 'backed')
      this.#machine.put({ kind: 'send-drop', to: state.backup, port, reason: 'the connection has ended' });
    if (this.#connections.ports.length === 0) this.#over();
  }

  #choose(): void {
    if (!this.#mobile) {
      this.#alone(NOT_MOBILE, Number.POSITIVE_INFINITY);
      return;
    }
    this.#machine.to({ name: 'choosing' });
    this.#connections.unsend();
    this.#machine.put({ kind: 'choose', except: [...this.#refusing] });
  }

  #chosen(backup: Ipv6Address | undefined, now: Instant): void {
    if (backup === undefined) {
      this.#alone('no other member keeps replicas', now + LOOK_AGAIN_MS);
      return;
    }
    const takeover = takeoverNumber(this.#plan.lastSequence());
    const backed = { name: 'backed', backup, takeover, acknowledged: this.#connections.number } as const;
    this.#machine.to(backed);
    for (const port of this.#connections.ports.filter((one) => this.#mayKeep(one))) {
      this.#send(backed, port);
      this.#gated.tellAll(backup, port);
    }
  }

  #refused(backup: Ipv6Address, reason: string, now: Instant): void {
    this.#refusing.add(backup);
    if (this.#refusing.size > 1) this.#alone(`the backup refuses: ${reason}`, now + LOOK_AGAIN_MS);
    else this.#choose();
  }

  #alone(reason: string, until: Instant): void {
    this.#connections.unsend();
    this.#machine.to({ name: 'alone', reason, until });
  }

  #contest(takeover: number, backup?: Ipv6Address): void {
    if (this.#binding.isBeyond(takeover)) {
      this.#choose();
      return;
    }
    this.#connections.unsend();
    this.#machine.to({
      name: 'contesting',
      takeover,
      againAt: undefined,
      ...(backup === undefined ? {} : { backup }),
    });
    this.#machine.put({ kind: 'contest', sequence: takeover });
  }

  #askAgain(state: HolderIn<'contesting'>, now: Instant): void {
    const { disputed, takeover, backup } = state;
    if (disputed === undefined) this.#contest(takeover, backup);
    else if (now >= disputed.until) this.#stop(ANOTHERS);
    else {
      this.#machine.to({ ...state, disputed: afterProbe(disputed, now) });
      for (const checkpoint of this.#connections.checkpoints)
        this.#machine.put({ kind: 'probe', checkpoint });
    }
  }

  /** The client has accepted a number from another member; or, where that is the contested one, from this, and the answer was lost. */
  #superseded(state: HolderState, now: Instant): void {
    if (state.name === 'leaving') return;
    if (state.name !== 'contesting' || state.own === true) this.#stop(ANOTHERS);
    else if (state.disputed === undefined)
      this.#machine.to({ ...state, againAt: undefined, disputed: disputeFrom(now) });
  }

  /** It is bound to this member, or to one that has ended. */
  #reclaim({ disputed: _, ...state }: HolderIn<'contesting'>): void {
    this.#machine.to({ ...state, own: true });
    this.#machine.put({ kind: 'reclaim', sequence: nextSequence(state.takeover) });
  }

  /** The client is bound to this member: by a contest, which fences the backup off; or by an update of this member's own, above the backup's number perhaps. */
  #bindingAcknowledged(state: HolderState, sequence: number): void {
    this.#binding.acknowledged(sequence);
    if (state.name === 'contesting' && !isNewerSequence(state.takeover, sequence)) this.#choose();
    else if (state.name === 'backed' && !hasRoom(state.takeover, sequence)) {
      const takeover = takeoverNumber(sequence);
      const number = this.#connections.renumber();
      this.#machine.to({ ...state, takeover });
      this.#machine.put({ kind: 'send-sequence', to: state.backup, number, takeover });
    }
  }

  /**
   * The next number is the backup's own from now on, and the acceptor's first: should the backup not have heard of this, or have begun by then, the client
   * takes that number from one of the two.
   */
  #leave(state: HolderState): void {
    if (state.name === 'leaving') return;
    const takeover = state.name === 'backed' || state.name === 'contesting' ? state.takeover : undefined;
    if (state.name === 'backed')
      this.#machine.put({
        kind: 'send-drop',
        to: state.backup,
        port: EVERY_PORT,
        reason: 'the client goes to another member',
      });
    if (takeover !== undefined) this.#machine.put({ kind: 'burn', sequence: previousSequence(takeover) });
    this.#connections.unsend();
    this.#machine.to({ name: 'leaving', takeover });
  }

  #stay(state: HolderState): void {
    if (state.name !== 'leaving') return;
    if (state.takeover === undefined || !this.#mobile) this.#choose();
    else this.#contest(state.takeover);
  }

  #notMobile(state: HolderState): void {
    if (!this.#mobile) return;
    this.#mobile = false;
    if (state.name === 'backed')
      this.#machine.put({ kind: 'send-drop', to: state.backup, port: EVERY_PORT, reason: NOT_MOBILE });
    if (state.name !== 'choosing' && state.name !== 'backed' && state.name !== 'contesting') return;
    this.#alone(NOT_MOBILE, Number.POSITIVE_INFINITY);
  }

  #stop(reason: string): void {
    this.#gated.drop();
    this.#machine.to({ name: 'finished' });
    this.#machine.put({ kind: 'stop', reason });
    this.#machine.put({ kind: 'over' });
  }

  #over(): void {
    this.#machine.to({ name: 'finished' });
    this.#machine.put({ kind: 'over' });
  }

  /** Tells what has changed. */
  #tell(): void {
    const { state } = this.#machine;
    const disputes = state.name === 'contesting' && state.disputed !== undefined;
    if (disputes !== this.#disputes) this.#machine.put({ kind: disputes ? 'disputed' : 'decided' });
    this.#disputes = disputes;
    if (this.finished) return;
    for (const port of this.#connections.ports) {
      const protection = this.#protectionOf(port);
      if (this.#connections.tells(port, protection))
        this.#machine.put({ kind: 'protection', port, protection });
    }
  }

  #protectionOf(port: number): Protection {
    const { state } = this.#machine;
    const whyOpen = this.#connections.gate(port)?.whyOpen;
    if (whyOpen !== undefined) return { kind: 'unprotected', reason: whyOpen };
    if (state.name === 'backed' && this.#isKept(port, state.acknowledged)) return this.#binding.protection;
    const pending = state.name === 'choosing' || state.name === 'backed';
    return { kind: pending ? 'pending' : 'unprotected', reason: whyUnprotected(state) };
  }

  /** The backup has the connection as it is now, and what has come of its client since. */
  #isKept(port: number, acknowledged: number): boolean {
    const gate = this.#connections.gate(port);
    return this.#connections.isSentBy(port, acknowledged) && (gate?.isCovered(acknowledged) ?? true);
  }
}
