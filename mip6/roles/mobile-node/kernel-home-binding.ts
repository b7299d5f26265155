import type { MobileNodeContext } from './mobile-node-context.ts';
import type { MobileNodeHomeBinding } from './mobile-node-types.ts';

type HomeEnds = Pick<MobileNodeHomeBinding, 'homeAgent' | 'careOfAddress'>;

/** The kernel state that was last asked for towards the home agent; puts out changes only. */
export class KernelHomeBinding {
  readonly #context: MobileNodeContext;
  #current: MobileNodeHomeBinding | undefined;

  constructor(context: MobileNodeContext) {
    this.#context = context;
  }

  get current(): MobileNodeHomeBinding | undefined {
    return this.#current;
  }

  /** What Binding Updates between these ends need; an active binding of the same ends stays active. */
  prepare(ends: HomeEnds): void {
    if (this.#current?.phase === 'active' && this.#isAt(ends)) return;
    this.#put('pending', ends);
  }

  /** An active binding ends, Binding Updates go on. */
  demote(ends: HomeEnds): void {
    this.#put('pending', ends);
  }

  activate(ends: HomeEnds): void {
    this.#put('active', ends);
  }

  clear(): void {
    if (this.#current !== undefined) this.#put('none', this.#current);
    this.#current = undefined;
  }

  #isAt({ homeAgent, careOfAddress }: HomeEnds): boolean {
    return this.#current?.homeAgent === homeAgent && this.#current.careOfAddress === careOfAddress;
  }

  #put(phase: MobileNodeHomeBinding['phase'], ends: HomeEnds): void {
    if (this.#current?.phase === phase && this.#isAt(ends)) return;
    const { homeAgent, careOfAddress } = ends;
    const { homeAddress, outbox } = this.#context;
    this.#current = { kind: 'home-binding', phase, homeAgent, homeAddress, careOfAddress };
    outbox.push(this.#current);
  }
}
