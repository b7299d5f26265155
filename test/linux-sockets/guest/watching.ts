import { readSync } from 'node:fs';
import koffi from 'koffi';
import { EPOLLET, EPOLLIN, FdPoller } from '../../../linux/fd-poller.ts';

/** A process that does nothing but watch: `stopped` its standard input, `throwing` two descriptors whose callbacks throw. */
const scenarios: Readonly<Record<string, () => void>> = {
  stopped(): void {
    const poller = FdPoller.open();
    poller.watch(0, EPOLLIN, () => {
      // Nothing to read: the other end was closed.
      if (readSync(0, Buffer.alloc(8)) > 0) console.log('told');
      else poller.close();
    });
    console.log('watching');
  },
  throwing(): void {
    const eventfd = koffi.load('libc.so.6').func('int eventfd(unsigned int initial, int flags)');
    const poller = FdPoller.open();
    let uncaught = 0;
    process.on('uncaughtException', ({ message }) => {
      console.log(`uncaught: ${message}`);
      if (++uncaught === 2) poller.close();
    });
    // Nothing else happens in this process: what would wait for the next event would wait for ever.
    for (const name of ['first', 'second']) {
      poller.watch(eventfd(1, 0) as number, EPOLLIN | EPOLLET, () => {
        console.log(name);
        throw new Error(`of the ${name}`);
      });
    }
  },
};

scenarios[process.argv[2] ?? '']?.();
