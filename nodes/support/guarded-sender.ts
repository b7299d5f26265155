import { LabError } from '../../linux/lab-error.ts';
import type { MobilityHeaderSocket, MobilitySend } from '../../linux/mobility-header-socket.ts';
import type { EventWriter } from './event-log.ts';

/**
 * Sends, and counts what the kernel refuses instead of ending the daemon: an answer to a forged source may have no route,
 * and a lost message is what retransmission is for.
 */
export class GuardedSender {
  readonly #socket: Pick<MobilityHeaderSocket, 'send'>;
  readonly #log: EventWriter;
  #failures = 0;

  constructor(socket: Pick<MobilityHeaderSocket, 'send'>, log: EventWriter) {
    this.#socket = socket;
    this.#log = log;
  }

  /** Messages that the kernel did not take. */
  get failures(): number {
    return this.#failures;
  }

  send(message: MobilitySend): void {
    try {
      this.#socket.send(message);
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      this.#failures++;
      if (this.#failures === 1)
        this.#log.write('send-failed', {
          destination: message.destination,
          reason: error.stderr ?? error.message,
        });
    }
  }
}
