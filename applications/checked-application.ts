import { LabError } from '../linux/lab-error.ts';
import type { ServerApplication } from './server-application.ts';

const optional = ['close', Symbol.asyncDispose] as const;

/**
 * What an author's function has made, if it is an application: whoever writes JavaScript, or calls anything `any`, hears of it before a client comes.
 * `from`: the file or function. Throws LabError.
 */
export function checkedApplication(made: unknown, from: string): ServerApplication {
  const refuse = (problem: string, remedy: string): never => {
    throw new LabError(`${from} ${problem}`, { remedy });
  };
  const remedy = 'return { start, onConnection }; see docs/server-library.md';
  if (typeof made !== 'object' || made === null)
    return refuse(`makes no application: its function returns ${String(made)}`, remedy);
  if (made instanceof Promise || typeof Reflect.get(made, 'then') === 'function')
    return refuse(
      'makes no application: its function returns a promise',
      'return the application itself, and wait in its start(), which may be async',
    );
  for (const method of ['start', 'onConnection'])
    if (typeof Reflect.get(made, method) !== 'function')
      refuse(`makes an application without ${method}()`, remedy);
  for (const method of optional) {
    const value: unknown = Reflect.get(made, method);
    if (value !== undefined && typeof value !== 'function')
      refuse(`makes an application whose ${String(method)} is no function`, 'make it one, or leave it out');
  }
  return made as ServerApplication;
}
