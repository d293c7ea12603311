// Random numbers from a seed: the same seed, the same set, on every machine.

export class Rng {
  constructor(seed) {
    this.state = seed >>> 0;
    this.spare = null;
  }

  /** In [0, 1), by the 32-bit generator known as mulberry32. */
  uniform() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Whole numbers low … high. */
  int(low, high) {
    return low + Math.floor(this.uniform() * (high - low + 1));
  }

  chance(p) {
    return this.uniform() < p;
  }

  pick(list) {
    return list[this.int(0, list.length - 1)];
  }

  shuffle(list) {
    const copy = [...list];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.int(0, i);
      [copy[i], copy[j]] = [copy[j], copy[i]];
    }
    return copy;
  }

  /** Standard normal, by Box and Muller. */
  normal() {
    if (this.spare !== null) {
      const value = this.spare;
      this.spare = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  normals(count, mean = 0, deviation = 1) {
    return Float32Array.from({ length: count }, () => mean + deviation * this.normal());
  }
}
