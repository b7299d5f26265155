/** The outputs a role has for its caller, first in first out: order is part of the contract. */
export class Outbox<Output> {
  #waiting: Output[] = [];
  #next = 0;

  push(output: Output): void {
    this.#waiting.push(output);
  }

  poll(): Output | undefined {
    const output = this.#waiting[this.#next];
    if (output === undefined) {
      this.#waiting = [];
      this.#next = 0;
      return undefined;
    }
    this.#next += 1;
    return output;
  }
}
