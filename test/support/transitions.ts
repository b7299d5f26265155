import fc from 'fast-check';
import { Machine, type Transitions } from '../../server/transitions.ts';

/** All transitions of a list, as its figure draws them. */
export function arrowsOf(transitions: Transitions<string>): readonly string[] {
  return Object.entries(transitions)
    .flatMap(([from, to]) => to.map((one) => `${from} --> ${one}`))
    .toSorted();
}

/** Those of the state figure at this place of a page. */
export function figureOf(page: string, place: number): readonly string[] {
  const figure = [...page.matchAll(/```mermaid\nstateDiagram-v2\n(.*?)```/gs)][place]?.[1] ?? '';
  return figure
    .split('\n')
    .flatMap((line) => (line.trim() === '' ? [] : line.trim()))
    .toSorted();
}

interface Role<Input> {
  handle(input: Input, now: number): void;
  poll(): unknown;
  deadline(): number | undefined;
  handleTimeout(now: number): void;
}

/** Feeds a machine with these inputs, each a millisecond later or at its deadline, and tells which states followed each other, within one input too. */
export function follow<Input>(
  machine: Role<Input>,
  steps: readonly { readonly input: Input; readonly waits: boolean }[],
  seen: Set<string>,
): void {
  let now = 0;
  const look = (act: () => void): void => {
    noted = seen;
    act();
    noted = undefined;
    while (machine.poll() !== undefined);
  };
  for (const { input, waits } of steps) {
    const due = machine.deadline();
    if (waits && due !== undefined && Number.isFinite(due)) {
      now = Math.max(now, due);
      look(() => machine.handleTimeout(now));
    }
    look(() => machine.handle(input, now));
    now++;
  }
}

let noted: Set<string> | undefined;
const { to } = Machine.prototype;
Machine.prototype.to = function (state): void {
  if (this.state.name !== state.name) noted?.add(`${this.state.name} --> ${state.name}`);
  to.call(this, state);
};

/** Any of these inputs, in any order, some of them at the machine's deadline. */
export const stepsOf = <Input>(inputs: readonly Input[]) =>
  fc.array(fc.record({ input: fc.constantFrom(...inputs), waits: fc.boolean() }), { maxLength: 14 });
