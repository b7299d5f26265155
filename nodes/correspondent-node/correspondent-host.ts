import { BindingErrorMonitor } from '../../linux/binding-error-monitor.ts';
import type { FdPoller } from '../../linux/fd-poller.ts';
import { MobilityHeaderSocket } from '../../linux/mobility-header-socket.ts';
import { correspondentBase, correspondentBinding } from '../../linux/recipes/correspondent.ts';
import { CorrespondentNode } from '../../mip6/roles/correspondent-node/correspondent-node.ts';
import type {
  CorrespondentBinding,
  CorrespondentNodeConfig,
  CorrespondentNodeInput,
  CorrespondentNodeOutput,
} from '../../mip6/roles/correspondent-node/correspondent-node-types.ts';
import { blockFor } from '../support/at-instant.ts';
import { countersOf } from '../support/counters.ts';
import type { EventFields, EventWriter } from '../support/event-log.ts';
import { GuardedSender } from '../support/guarded-sender.ts';
import { KernelHold } from '../support/kernel-hold.ts';
import { counted, type Labels, type Measured } from '../support/observation/observed.ts';
import { randomOctets } from '../support/random-pool.ts';
import { RoleDriver } from '../support/role-driver.ts';
import { RoleLog } from '../support/role-log.ts';

interface CorrespondentHostOptions {
  /** of the host's network namespace; undefined: the process's own */
  readonly name: string | undefined;
  readonly config: Omit<CorrespondentNodeConfig, 'random'>;
  /** what taking in a message lasts, ms, beside what it takes */
  readonly takesMs: number;
  readonly poller: FdPoller;
  readonly log: EventWriter;
  readonly statePath: string | undefined;
  /** Runs something in the host's network namespace. */
  within<T>(act: () => T): T;
}

interface ObservedHost {
  readonly name: string | undefined;
  readonly bindings: number;
  readonly metrics: readonly Measured[];
}

/** One host's Mobile IPv6 (RFC 6275 §9): its sockets, its part of the kernel, and the role between them. */
export class CorrespondentHost {
  readonly #options: CorrespondentHostOptions;
  readonly #hold: KernelHold;
  readonly #socket: MobilityHeaderSocket;
  readonly #reports: BindingErrorMonitor;
  readonly #sender: GuardedSender;
  readonly #roleLog: RoleLog;
  readonly #role: CorrespondentNode;
  readonly #driver: RoleDriver<CorrespondentNodeInput, CorrespondentNodeOutput>;

  /** Throws LabError when another Mobile IPv6 daemon serves the host. */
  constructor(options: CorrespondentHostOptions) {
    const { config, poller, log, within, takesMs } = options;
    this.#options = options;
    this.#hold = within(() => new KernelHold(options));
    this.#socket = within(() => MobilityHeaderSocket.open(poller));
    this.#reports = within(() => BindingErrorMonitor.open(poller));
    this.#sender = new GuardedSender(this.#socket, log);
    this.#roleLog = new RoleLog(log);
    this.#role = new CorrespondentNode({ random: randomOctets, ...config });
    this.#driver = new RoleDriver(this.#role, (output) => this.#act(output));
    this.#socket.onDatagram = (datagram) => {
      blockFor(takesMs);
      this.#driver.handle({ kind: 'datagram', datagram });
    };
    this.#reports.onUnknown = (dropped) => {
      const report = { kind: 'unknown-home-address-option', ...dropped } as const;
      this.#roleLog.write(report);
      this.#driver.handle(report);
    };
    // The reconciler opens a netlink socket when it first needs one.
    within(() => this.#hold.reconciler.set('base', correspondentBase()));
  }

  /** For whoever asks how the host is: its name, bindings in force, and what was counted. */
  observe(): ObservedHost {
    const { name } = this.#options;
    const bindings = this.#role.bindings().filter(({ state }) => state === 'bound').length;
    const labels: Labels = name === undefined ? {} : { namespace: name };
    const help = 'Bindings of mobile nodes in force';
    return {
      name,
      bindings,
      metrics: [
        { name: 'bindings', help, type: 'gauge', values: [{ labels, value: bindings }] },
        counted(this.#counters(), labels),
      ],
    };
  }

  /** Before the poller's end. */
  stop(): void {
    this.#options.log.write('counters', this.#counters());
    this.#driver.stop();
    this.#reports.close();
    this.#socket.close();
  }

  /** Removes all kernel state. Throws LabError. */
  release(): void {
    this.#options.within(() => this.#hold.release());
  }

  #counters(): EventFields {
    return this.#options.within(() => countersOf(this.#role, this.#sender, this.#hold));
  }

  #act(output: CorrespondentNodeOutput): void {
    switch (output.kind) {
      case 'transmit':
        this.#sender.send(output);
        return;
      case 'binding':
        this.#programme(output);
        return;
      case 'event':
        this.#roleLog.write(output.event);
        return;
      default:
        output satisfies never;
    }
  }

  #programme(binding: CorrespondentBinding): void {
    const group = `binding ${binding.correspondent} ${binding.homeAddress}`;
    const { reconciler } = this.#hold;
    this.#options.within(() => {
      if (binding.action === 'set') reconciler.set(group, correspondentBinding(binding));
      else reconciler.clear(group);
    });
  }
}
