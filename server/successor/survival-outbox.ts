import { Outbox } from '../../mip6/roles/shared/outbox.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { SurvivalOutput } from './endpoint-types.ts';
import type { SurvivalFrame } from './frames.ts';

/** What the endpoint of one contact address says and asks, in order. */
export class SurvivalOutbox<State> {
  readonly #contactAddress: Ipv6Address;
  readonly #outputs = new Outbox<SurvivalOutput<State>>();

  constructor(contactAddress: Ipv6Address) {
    this.#contactAddress = contactAddress;
  }

  put(...outputs: readonly SurvivalOutput<State>[]): void {
    for (const output of outputs) this.#outputs.push(output);
  }

  send(to: Ipv6Address, frame: Unaddressed): void {
    this.#outputs.push({ kind: 'send', to, frame: { contactAddress: this.#contactAddress, ...frame } });
  }

  poll(): SurvivalOutput<State> | undefined {
    return this.#outputs.poll();
  }
}

/** Of each kind, without the contact address. */
type Unaddressed = SurvivalFrame extends infer Frame
  ? Frame extends SurvivalFrame
    ? Omit<Frame, 'contactAddress'>
    : never
  : never;
