import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { checkTransition, type Transitions } from '../transitions.ts';
import { EVERY_PORT } from './frames.ts';
import type { Checkpoint, HolderInput, HolderOutput, HolderPlan, Protection } from './holder-types.ts';
import { hasRoom, takeoverNumber } from './takeover-number.ts';

/** A backup has the client, or is about to; `acknowledged`: the last number that it has said it can take the client over from. */
interface Backed {
  readonly backup: Ipv6Address;
  readonly takeover: number;
  readonly acknowledged: number;
}

type HolderState =
  /** a backup is being chosen */
  | { readonly name: 'choosing' }
  /** nobody keeps the client: until then, or until a member comes */
  | { readonly name: 'alone'; readonly reason: string; readonly until: Instant }
  | ({ readonly name: 'backed' } & Backed)
  /**
   * The backup is out of reach, and may take the client over all the same, from what it has: the client is asked whose it is under the backup's own
   * number. Whoever the client has that number from first, the other one never has it again.
   */
  | {
      readonly name: 'contesting';
      readonly takeover: number;
      /** absent: it was told that the client leaves, or may have been */
      readonly backup?: Ipv6Address;
      readonly againAt: Instant | undefined;
    }
  /** on its way to another member; `takeover`: of a backup that may not have heard of that */
  | { readonly name: 'leaving'; readonly takeover: number | undefined }
  | { readonly name: 'finished' };

type Name = HolderState['name'];
type In<Names extends Name> = Extract<HolderState, { readonly name: Names }>;

/** All that may follow each state. The figure in README.md is this list. */
export const holderTransitions: Transitions<Name> = {
  choosing: ['alone', 'backed', 'leaving', 'finished'],
  alone: ['choosing', 'leaving', 'finished'],
  backed: ['choosing', 'alone', 'contesting', 'leaving', 'finished'],
  contesting: ['choosing', 'alone', 'leaving', 'finished'],
  leaving: ['choosing', 'alone', 'contesting', 'finished'],
  finished: [],
};

/** ms until a member is looked for again where there was none */
const LOOK_AGAIN_MS = 5000;
/** ms until a client that did not answer is asked again */
const ASK_AGAIN_MS = 5000;
/** Why a client without Mobile IPv6 is not protected. */
export const NOT_MOBILE = 'the client has no Mobile IPv6: its packets come by way of the contact node';

/**
 * What a member does so that a client's connections outlive it: it has all of them at one backup, and tells it of each checkpoint.
 *
 * A checkpoint stays good as long as nothing newer is told: where the client stands, the client itself says. So a backup that is out of reach is fenced off
 * before another is chosen: it may have what is out of date by then.
 */
export class Holder implements Role<HolderInput, HolderOutput> {
  readonly #plan: HolderPlan;
  readonly #checkpoints = new Map<number, Checkpoint>();
  /** the number under which each connection was sent last */
  readonly #sent = new Map<number, number>();
  readonly #told = new Map<number, string>();
  readonly #refusing = new Set<Ipv6Address>();
  readonly #outputs: HolderOutput[] = [];
  #state: HolderState = { name: 'choosing' };
  #number = 0;
  #mobile = true;
  /** until the client has acknowledged an update of this member's it may know numbers, from an older binding, beside which the backup's is stale */
  #bound: boolean;
  /** why it has not, where it is known that it will not soon */
  #whyUnbound: string | undefined;

  constructor(plan: HolderPlan) {
    this.#plan = plan;
    this.#bound = plan.isBound();
    this.#choose();
  }

  get finished(): boolean {
    return this.#state.name === 'finished';
  }

  /** For who draws or checks the transitions. */
  get state(): Name {
    return this.#state.name;
  }

  /** the member that has the client's replica, or is being given it */
  get backup(): Ipv6Address | undefined {
    return this.#state.name === 'backed' ? this.#state.backup : undefined;
  }

  /** the one that is being fenced off */
  get fencing(): Ipv6Address | undefined {
    return this.#state.name === 'contesting' ? this.#state.backup : undefined;
  }

  handle(input: HolderInput, now: Instant): void {
    const state = this.#state;
    if (state.name === 'finished') return;
    switch (input.kind) {
      case 'checkpoint':
        this.#checkpoint(state, input);
        break;
      case 'ended':
        this.#ended(state, input.port);
        break;
      case 'chosen':
        if (state.name === 'choosing') this.#chosen(input.backup, now);
        break;
      case 'acknowledged':
        if (state.name === 'backed' && input.number > state.acknowledged && input.number <= this.#number)
          this.#to({ ...state, acknowledged: input.number });
        break;
      case 'refused-by-backup':
        if (state.name === 'backed') this.#refused(state.backup, input.reason, now);
        break;
      case 'backup-lost':
        if (state.name === 'backed') this.#contest(state.takeover, state.backup);
        break;
      case 'backup-gone':
        if (state.name === 'backed' || state.name === 'contesting') this.#choose();
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
        if (state.name !== 'leaving') this.#stop('the client is another member’s');
        break;
      case 'unanswered':
        this.#whyUnbound = input.reason;
        if (state.name === 'contesting') this.#to({ ...state, againAt: now + ASK_AGAIN_MS });
        break;
      case 'refused':
        this.#whyUnbound = input.reason;
        if (state.name === 'contesting') this.#alone(input.reason, now + LOOK_AGAIN_MS);
        break;
      case 'routable':
      case 'moved':
        break;
      default:
        input satisfies never;
    }
    this.#tell();
  }

  poll(): HolderOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    if (this.#state.name === 'alone')
      return Number.isFinite(this.#state.until) ? this.#state.until : undefined;
    return this.#state.name === 'contesting' ? this.#state.againAt : undefined;
  }

  handleTimeout(now: Instant): void {
    const due = this.deadline();
    const state = this.#state;
    if (due === undefined || now < due) return;
    if (state.name === 'alone') {
      this.#refusing.clear();
      this.#choose();
    } else if (state.name === 'contesting') this.#contest(state.takeover, state.backup);
    this.#tell();
  }

  #checkpoint(state: HolderState, { port, tcpState, applicationState }: Checkpoint): void {
    this.#checkpoints.set(port, { port, tcpState, applicationState });
    this.#sent.delete(port);
    if (state.name === 'backed') this.#send(state, port);
  }

  #send({ backup: to, takeover }: In<'backed'>, port: number): void {
    const number = ++this.#number;
    this.#sent.set(port, number);
    this.#put({ kind: 'send-replica', to, number, takeover, checkpoint: this.#checkpoints.get(port)! });
  }

  #ended(state: HolderState, port: number): void {
    if (!this.#checkpoints.delete(port)) return;
    this.#sent.delete(port);
    this.#told.delete(port);
    if (state.name === 'backed')
      this.#put({ kind: 'send-drop', to: state.backup, port, reason: 'the connection has ended' });
    if (this.#checkpoints.size === 0) this.#over();
  }

  #choose(): void {
    if (!this.#mobile) {
      this.#alone(NOT_MOBILE, Number.POSITIVE_INFINITY);
      return;
    }
    this.#to({ name: 'choosing' });
    this.#sent.clear();
    this.#put({ kind: 'choose', except: [...this.#refusing] });
  }

  #chosen(backup: Ipv6Address | undefined, now: Instant): void {
    if (backup === undefined) {
      this.#alone('no other member keeps replicas', now + LOOK_AGAIN_MS);
      return;
    }
    const takeover = takeoverNumber(this.#plan.lastSequence());
    const backed = { name: 'backed', backup, takeover, acknowledged: this.#number } as const;
    this.#to(backed);
    for (const port of this.#checkpoints.keys()) this.#send(backed, port);
  }

  #refused(backup: Ipv6Address, reason: string, now: Instant): void {
    this.#refusing.add(backup);
    if (this.#refusing.size > 1) this.#alone(`the backup refuses: ${reason}`, now + LOOK_AGAIN_MS);
    else this.#choose();
  }

  #alone(reason: string, until: Instant): void {
    this.#sent.clear();
    this.#to({ name: 'alone', reason, until });
  }

  #contest(takeover: number, backup?: Ipv6Address): void {
    this.#sent.clear();
    this.#to({
      name: 'contesting',
      takeover,
      againAt: undefined,
      ...(backup === undefined ? {} : { backup }),
    });
    this.#put({ kind: 'contest', sequence: takeover });
  }

  /** The client is bound to this member: by a contest, which fences the backup off; or by an update of this member's own, above the backup's number perhaps. */
  #bindingAcknowledged(state: HolderState, sequence: number): void {
    this.#bound = true;
    if (state.name === 'contesting' && sequence === state.takeover) this.#choose();
    else if (state.name === 'backed' && !hasRoom(state.takeover, sequence)) {
      const takeover = takeoverNumber(sequence);
      const number = ++this.#number;
      for (const port of this.#sent.keys()) this.#sent.set(port, number);
      this.#to({ ...state, takeover });
      this.#put({ kind: 'send-sequence', to: state.backup, number, takeover });
    }
  }

  /** The acceptor's numbers lie above the backup's from now on: what a backup that has not heard of this sends is refused by the client. */
  #leave(state: HolderState): void {
    if (state.name === 'leaving') return;
    const takeover = state.name === 'backed' || state.name === 'contesting' ? state.takeover : undefined;
    if (state.name === 'backed')
      this.#put({
        kind: 'send-drop',
        to: state.backup,
        port: EVERY_PORT,
        reason: 'the client goes to another member',
      });
    if (takeover !== undefined) this.#put({ kind: 'burn', sequence: takeover });
    this.#sent.clear();
    this.#to({ name: 'leaving', takeover });
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
      this.#put({ kind: 'send-drop', to: state.backup, port: EVERY_PORT, reason: NOT_MOBILE });
    if (state.name !== 'choosing' && state.name !== 'backed' && state.name !== 'contesting') return;
    this.#alone(NOT_MOBILE, Number.POSITIVE_INFINITY);
  }

  #stop(reason: string): void {
    this.#to({ name: 'finished' });
    this.#put({ kind: 'stop', reason });
    this.#put({ kind: 'over' });
  }

  #over(): void {
    this.#to({ name: 'finished' });
    this.#put({ kind: 'over' });
  }

  /** Tells what has changed of each connection. */
  #tell(): void {
    if (this.finished) return;
    for (const port of this.#checkpoints.keys()) {
      const protection = this.#protectionOf(port);
      const words = protection.kind === 'protected' ? '' : protection.reason;
      const told = `${protection.kind} ${words}`;
      if (this.#told.get(port) === told) continue;
      this.#told.set(port, told);
      this.#put({ kind: 'protection', port, protection });
    }
  }

  #protectionOf(port: number): Protection {
    const state = this.#state;
    const sent = this.#sent.get(port);
    if (state.name === 'backed' && sent !== undefined && sent <= state.acknowledged)
      return this.#bound ? { kind: 'protected' } : this.#unbound();
    const pending = state.name === 'choosing' || state.name === 'backed';
    return { kind: pending ? 'pending' : 'unprotected', reason: whyUnprotected(state) };
  }

  #unbound(): Protection {
    if (this.#whyUnbound !== undefined) return { kind: 'unprotected', reason: this.#whyUnbound };
    return { kind: 'pending', reason: 'the client has not acknowledged the binding to this member yet' };
  }

  #put(output: HolderOutput): void {
    this.#outputs.push(output);
  }

  #to(state: HolderState): void {
    checkTransition('holder', holderTransitions, this.#state.name, state.name);
    this.#state = state;
  }
}

function whyUnprotected(state: HolderState): string {
  switch (state.name) {
    case 'choosing':
      return 'a backup is being chosen';
    case 'alone':
      return state.reason;
    case 'backed':
      return 'the backup has not said yet that it can take the client over';
    case 'contesting':
      return 'the backup is out of reach';
    case 'leaving':
      return 'the client goes to another member';
    case 'finished':
      return 'the connection has ended';
    default:
      return state satisfies never;
  }
}
