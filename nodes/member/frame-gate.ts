import type { Ipv6Address } from '../../mip6/wire/address.ts';
import {
  type ContactAddressFrame,
  type PlausibilityPlan,
  whyImplausible,
} from '../../server/admission/peer-frames.ts';
import type { ForwardingFrame } from '../../server/plain/forwarding-frames.ts';
import type { EventWriter } from '../support/event-log.ts';
import { RoleLog } from '../support/role-log.ts';

interface FrameGateOptions {
  readonly plan: PlausibilityPlan;
  readonly log: EventWriter;
  send(peer: Ipv6Address, frame: ForwardingFrame): boolean;
}

/** What peers say of a contact address passes here first: what nobody can mean is counted, told, and goes no further. */
export class FrameGate {
  readonly #options: FrameGateOptions;
  readonly #log: RoleLog;
  #discarded = 0;

  constructor(options: FrameGateOptions) {
    this.#options = options;
    this.#log = new RoleLog(options.log);
  }

  /** frames that have gone no further */
  get discarded(): number {
    return this.#discarded;
  }

  passes(peer: Ipv6Address, frame: ContactAddressFrame): boolean {
    const { plan, send } = this.#options;
    const reason = whyImplausible(frame, peer, plan);
    if (reason === undefined) return true;
    this.#discarded++;
    this.#log.write({ kind: 'frame-discarded', frame: frame.kind, peer, detail: reason });
    if (frame.kind === 'forward') {
      const { contactAddress, client, sequence } = frame;
      send(peer, { kind: 'forwarded', contactAddress, client, sequence, outcome: 'refused', reason });
    }
    return false;
  }
}
