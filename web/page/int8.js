// The user's choice to run in 8-bit numbers: the same files opened once more, at the first use, and every answer held against float32's.
import { cosine } from './vectors.js';

export class Int8Choice {
  /** @param {() => Promise<object>} open the files with their layers in int8 */
  constructor(open) {
    this.open = open;
    this.on = false;
    this.opening = null; // promise of the set, its data read
  }

  /** @returns the set's `encode`, which notes in `compared` what float32 gives for the same text, and how long both took */
  async encoder(exact, compared) {
    this.opening ??= this.read();
    const set = await this.opening;
    return async (text, pair, options) => {
      const started = performance.now();
      const answer = await set.encode(text, pair, options);
      const between = performance.now();
      const expected = await exact.encode(text, pair, options);
      const words = (expected.mlm ?? []).map(({ top }, i) => top[0].id === answer.mlm[i].top[0].id);
      compared.push({
        cosine: cosine(lastLayer(answer), lastLayer(expected)),
        same: words.filter(Boolean).length,
        masks: words.length,
        seconds: (between - started) / 1000,
        float32: (performance.now() - between) / 1000,
      });
      return answer;
    };
  }

  async read() {
    try {
      const set = await this.open();
      await set.check({ run: false, statistics: false });
      return set;
    } catch (error) {
      this.opening = null;
      throw error;
    }
  }

  close() {
    void this.opening?.then((set) => set.close(), () => {});
    this.opening = null;
  }
}

/** What is told of one run: the farthest cosine, and sums of the rest. */
export function nearness(ui, compared) {
  const sum = (key) => compared.reduce((all, one) => all + one[key], 0);
  const least = Math.min(...compared.map((one) => one.cosine));
  return ui.t(sum('masks') ? 'run.int8-near-words' : 'run.int8-near', {
    cosine: Number.isFinite(least) ? (Math.floor(least * 1e5) / 1e5).toFixed(5) : '–',
    same: sum('same'),
    masks: sum('masks'),
    seconds: sum('seconds').toFixed(2),
    float32: sum('float32').toFixed(2),
  });
}

const lastLayer = ({ layers }) => layers[Math.max(...Object.keys(layers).map(Number))].data;
