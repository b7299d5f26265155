import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { acknowledge, choose, chosen, end, keep, refuse } from './holder-backup.ts';
import {
  askAgain,
  bound,
  contest,
  contestDeadline,
  reclaim,
  refused,
  superseded,
  unanswered,
} from './holder-dispute.ts';
import { isNotMobile, leave, stay } from './holder-leaving.ts';
import { HolderMachine } from './holder-machine.ts';
import { tellProtection } from './holder-protection.ts';
import type { HolderStateName } from './holder-state.ts';
import type { HolderInput, HolderOutput, HolderPlan } from './holder-types.ts';

/**
 * What a member does so that a client's connections outlive it: it has all of them at one backup, and tells it of each checkpoint.
 *
 * A checkpoint stays good as long as nothing newer is told: where the client stands, the client itself says. So a backup that is out of reach is fenced off
 * before another is chosen: it may have what is out of date by then.
 */
export class Holder implements Role<HolderInput, HolderOutput> {
  readonly #machine: HolderMachine;
  #disputes = false;

  constructor(plan: HolderPlan) {
    this.#machine = new HolderMachine(plan);
    choose(this.#machine);
  }

  get finished(): boolean {
    return this.state === 'finished';
  }

  /** It goes to another member, and a backup may not have heard of that. */
  get leavesBackup(): boolean {
    const { state } = this.#machine;
    return state.name === 'leaving' && state.takeover !== undefined;
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
    if (this.finished) return;
    this.#hear(input, now);
    this.#settle();
  }

  poll(): HolderOutput | undefined {
    return this.#machine.poll();
  }

  deadline(): Instant | undefined {
    const { state, gated, plan } = this.#machine;
    if (state.name === 'alone') return Number.isFinite(state.until) ? state.until : undefined;
    if (state.name === 'backed') return gated.dueAt(plan.silentMs(state.backup));
    return state.name === 'contesting' ? contestDeadline(state) : undefined;
  }

  handleTimeout(now: Instant): void {
    const due = this.deadline();
    const { state, refusing } = this.#machine;
    if (due === undefined || now < due) return;
    if (state.name === 'alone') {
      refusing.clear();
      choose(this.#machine);
    } else if (state.name === 'contesting') askAgain(this.#machine, state, now);
    // It says nothing about what waits at a gate.
    else if (state.name === 'backed') contest(this.#machine, state.takeover, state.backup);
    this.#settle();
  }

  #hear(input: HolderInput, now: Instant): void {
    const holder = this.#machine;
    const { state } = holder;
    switch (input.kind) {
      case 'checkpoint':
        keep(holder, state, input);
        return;
      case 'segment':
        holder.gated.segment(state, input, now);
        return;
      case 'ended':
        end(holder, state, input.port);
        return;
      case 'chosen':
        if (state.name === 'choosing') chosen(holder, input.backup, now);
        return;
      case 'acknowledged':
        if (state.name === 'backed') acknowledge(holder, state, input.number, now);
        return;
      case 'refused-by-backup':
        if (state.name === 'backed') refuse(holder, state.backup, input.reason, now);
        return;
      case 'backup-lost':
        if (state.name === 'backed') contest(holder, state.takeover, state.backup);
        return;
      case 'backup-gone':
        if (state.name === 'contesting' && state.disputed !== undefined) reclaim(holder, state);
        else if (state.name === 'backed' || state.name === 'contesting') {
          if (state.name === 'contesting') holder.binding.askedAlone(state.takeover);
          choose(holder);
        }
        return;
      case 'member-in-reach':
        holder.refusing.clear();
        if (state.name === 'alone') choose(holder);
        return;
      case 'leaving':
        leave(holder, state);
        return;
      case 'staying':
        stay(holder, state);
        return;
      case 'not-mobile':
        isNotMobile(holder, state);
        return;
      case 'bound':
        bound(holder, state, input.sequence);
        return;
      case 'superseded':
        superseded(holder, state, input.accepted, now);
        return;
      case 'answers-probe':
        if (state.name === 'contesting' && state.disputed !== undefined) reclaim(holder, state);
        return;
      case 'unanswered':
        unanswered(holder, state, input.reason, now);
        return;
      case 'refused':
        refused(holder, state, input.reason, now);
        return;
      case 'routable':
      case 'moved':
        return;
      default:
        input satisfies never;
    }
  }

  /** Gates and applications are told what has changed. */
  #settle(): void {
    const { state, gated } = this.#machine;
    gated.settle(state);
    const disputes = state.name === 'contesting' && state.disputed !== undefined;
    if (disputes !== this.#disputes) this.#machine.put({ kind: disputes ? 'disputed' : 'decided' });
    this.#disputes = disputes;
    if (!this.finished) tellProtection(this.#machine);
  }
}
