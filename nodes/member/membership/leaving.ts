import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import {
  type LeavingPart,
  WayOut,
  type WayOutInput,
  type WayOutOutput,
} from '../../../server/membership/way-out.ts';
import type { HandoffVariant } from '../../../server/variants/variants.ts';
import type { EventWriter } from '../../support/event-log.ts';
import { RoleDriver } from '../../support/role-driver.ts';
import type { Destination } from '../departures.ts';
import type { MembershipService } from './membership-service.ts';

/** What a member has for one contact address, and what it can do about it. */
export interface LeavingUnit extends LeavingPart {
  /** ports of the client's connections here */
  portsOf(client: Ipv6Address): readonly number[];
  /** Takes no handoffs, and leaves the SYNs of new connections unanswered. */
  refuseClients(): void;
  /** Resolves when the handoff is over, in whichever way. */
  handOff(client: Ipv6Address, to: Destination): Promise<unknown>;
  /** Gives the contact address, and its part in keeping it, up; resolves when a successor serves, or none will. */
  leaveContact(): Promise<void>;
  /** Deletes the home agent's binding; resolves when it has agreed, or does not answer. */
  deregister(): Promise<void>;
}

interface LeavingOptions {
  readonly membership: MembershipService;
  readonly units: readonly LeavingUnit[];
  readonly variant: HandoffVariant;
  readonly leaveMs: number;
  readonly log: EventWriter;
}

/** A member's way out of the server, as it does what its role asks for. */
export class Leaving {
  readonly #options: LeavingOptions;
  readonly #driver: RoleDriver<WayOutInput<LeavingUnit>, WayOutOutput<LeavingUnit>>;
  readonly #left = Promise.withResolvers<void>();

  constructor(options: LeavingOptions) {
    this.#options = options;
    this.#driver = new RoleDriver(new WayOut(options.units, options.leaveMs), (output) => this.#act(output));
  }

  async run(): Promise<void> {
    const { membership, units, log } = this.#options;
    log.write('leaving', { clients: units.reduce((sum, unit) => sum + unit.clients().length, 0) });
    membership.become('leaving');
    this.#driver.handle({ kind: 'begin' });
    await this.#left.promise.finally(() => this.#driver.stop());
    membership.farewell();
  }

  #act(output: WayOutOutput<LeavingUnit>): void {
    const { membership, variant } = this.#options;
    switch (output.kind) {
      case 'refuse-clients':
        output.part.refuseClients();
        return;
      case 'choose': {
        const { part, client, except } = output;
        this.#then(membership.chooseAcceptor(client, except), (acceptor) => ({
          ...{ kind: 'chosen', part, client },
          ...(acceptor === undefined ? {} : { acceptor }),
        }));
        return;
      }
      case 'hand-off': {
        const { part, client, acceptor } = output;
        this.#then(part.handOff(client, { acceptor, variant, waitMs: 0 }), () => ({
          ...{ kind: 'handed-off', part, client },
        }));
        return;
      }
      case 'deregister':
        this.#then(output.part.deregister(), () => ({ kind: 'done', part: output.part }));
        return;
      case 'leave-contact':
        this.#then(output.part.leaveContact(), () => ({ kind: 'done', part: output.part }));
        return;
      case 'lost':
        this.#reportLost(output.part);
        return;
      case 'left':
        this.#left.resolve();
        return;
      default:
        output satisfies never;
    }
  }

  #then<Result>(promise: Promise<Result>, input: (result: Result) => WayOutInput<LeavingUnit>): void {
    promise.then((result) => this.#driver.handle(input(result))).catch((error) => this.#left.reject(error));
  }

  #reportLost(unit: LeavingUnit): void {
    const reason = 'not handed off before the member left';
    for (const client of unit.clients())
      for (const port of unit.portsOf(client))
        this.#options.log.write('connection-lost', { client, port, reason });
  }
}
