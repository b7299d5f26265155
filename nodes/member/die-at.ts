import type { EventLog } from '../support/event-log.ts';

/** For tests of failures: ends this process as a power cut would, right behind the first event of this name. */
export function dieAt(event: string, log: EventLog): void {
  const write = log.write.bind(log);
  log.write = (name, fields) => {
    write(name, fields);
    if (name !== event) return;
    log.flush();
    process.kill(process.pid, 'SIGKILL');
  };
}
