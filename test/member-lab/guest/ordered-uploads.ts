import { spawnSync } from 'node:child_process';
import type { ApplicationHost, ServerApplication } from '../../../applications/server-application.ts';
import { UploadServer } from '../../../applications/upload-server.ts';

/** The upload server, whose member is told by a FIFO, which is made here, where its clients shall go. */
class OrderedUploads extends UploadServer {
  readonly #orders: string;

  constructor(orders: string) {
    super({ kind: 'upload', checkpointBytes: 65_536, input: 'gated' });
    this.#orders = orders;
  }

  override start(host: ApplicationHost): void {
    spawnSync('mkfifo', [this.#orders]);
    super.start(host);
  }
}

export default ({ orders }: { readonly orders: string }): ServerApplication => new OrderedUploads(orders);
