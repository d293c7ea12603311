// A BERT of one head, its two pre-training heads, and their training: enough for a sample whose masks come out right.
import { bertTensors } from '../../tests/support/bert_names.mjs';
import { pair } from './corpus.mjs';
import { Tape } from './tape.mjs';

export const kSizes = { H: 64, L: 2, A: 1, I: 64, P: 32, T: 2 };

export class TinyBert {
  constructor(vocab, rng) {
    this.vocab = vocab;
    this.ids = new Map(vocab.map((token, id) => [token, id]));
    this.sizes = { V: vocab.length, ...kSizes };
    this.tape = new Tape();
    this.parameters = new Map(
      bertTensors(this.sizes).map(({ name, shape, kind }) => {
        const [rows, cols] = shape.length === 2 ? shape : [1, shape[0]];
        const spread = kind === 'kernel' || kind === 'table' ? 0.05 : 0;
        const parameter = this.tape.matrix(rows, cols, rng.normals(rows * cols, kind === 'gamma' ? 1 : 0, spread));
        return [name, { ...parameter, shape, first: new Float32Array(rows * cols), second: new Float32Array(rows * cols) }];
      }),
    );
    this.step = 0;
  }

  #dense(x, scope) {
    return this.tape.product(x, this.parameters.get(`${scope}/kernel`), this.parameters.get(`${scope}/bias`));
  }

  #norm(x, scope) {
    return this.tape.norm(x, this.parameters.get(`${scope}/LayerNorm/gamma`), this.parameters.get(`${scope}/LayerNorm/beta`));
  }

  encode(ids, types) {
    const { tape, parameters } = this;
    const table = (name, rows) => tape.rows(parameters.get(`bert/embeddings/${name}`), rows);
    let x = tape.add(
      tape.add(
        table('word_embeddings', ids),
        table(
          'position_embeddings',
          ids.map((_, i) => i),
        ),
      ),
      table('token_type_embeddings', types),
    );
    x = this.#norm(x, 'bert/embeddings');
    for (let layer = 0; layer < kSizes.L; layer++) {
      const at = `bert/encoder/layer_${layer}`;
      const [query, key, value] = ['query', 'key', 'value'].map((part) => this.#dense(x, `${at}/attention/self/${part}`));
      const shares = tape.softmax(tape.product(query, key, null, true), 1 / Math.sqrt(kSizes.H));
      const context = this.#dense(tape.product(shares, value), `${at}/attention/output/dense`);
      const middle = this.#norm(tape.add(context, x), `${at}/attention/output`);
      const inner = tape.gelu(this.#dense(middle, `${at}/intermediate/dense`));
      x = this.#norm(tape.add(this.#dense(inner, `${at}/output/dense`), middle), `${at}/output`);
    }
    return x;
  }

  // Logits over the vocabulary for some rows, and the two of the next-sentence head.
  heads(hidden, positions) {
    const { tape, parameters } = this;
    const masked = this.#norm(
      tape.gelu(this.#dense(tape.rows(hidden, positions), 'cls/predictions/transform/dense')),
      'cls/predictions/transform',
    );
    const mlm = tape.product(
      masked,
      parameters.get('bert/embeddings/word_embeddings'),
      parameters.get('cls/predictions/output_bias'),
      true,
    );
    const pooled = tape.tanh(this.#dense(tape.rows(hidden, [0]), 'bert/pooler/dense'));
    const nsp = tape.product(
      pooled,
      parameters.get('cls/seq_relationship/output_weights'),
      parameters.get('cls/seq_relationship/output_bias'),
      true,
    );
    return { mlm, nsp };
  }

  // One text: both heads see it. A third of the texts is a single sentence, which only the masked-word head learns from.
  example(rng) {
    const [first, second] = pair(rng);
    const follows = rng.chance(0.5);
    const single = rng.chance(0.35);
    const other = follows ? second : pair(rng)[1];
    const wrong = !follows && other.join() === second.join();
    const tokens = ['[CLS]', ...first, '[SEP]', ...(single ? [] : [...other, '[SEP]'])];
    const types = tokens.map((_, i) => (i < first.length + 2 ? 0 : 1));
    const ids = tokens.map((token) => this.ids.get(token));
    const words = tokens.flatMap((token, i) => (/^\[|^\.$/.test(token) ? [] : [i]));
    const positions = rng
      .shuffle(words)
      .slice(0, Math.max(1, Math.round(words.length * 0.2)))
      .sort((a, b) => a - b);
    const labels = positions.map((position) => ids[position]);
    for (const position of positions) if (rng.chance(0.9)) ids[position] = this.ids.get('[MASK]');
    return { ids, types, positions, labels, nsp: single || wrong ? null : Number(!follows) };
  }

  // Adam over a batch; answers the mean losses.
  train(rng, batch, rate) {
    const { tape } = this;
    const loss = { mlm: 0, nsp: 0 };
    for (let i = 0; i < batch; i++) {
      const { ids, types, positions, labels, nsp } = this.example(rng);
      const heads = this.heads(this.encode(ids, types), positions);
      loss.mlm += tape.crossEntropy(heads.mlm, labels, 1 / batch) / batch;
      if (nsp !== null) loss.nsp += tape.crossEntropy(heads.nsp, [nsp], 0.5 / batch) / batch;
      tape.back();
    }
    this.step += 1;
    for (const { data, grad, first, second } of this.parameters.values()) {
      for (let i = 0; i < data.length; i++) {
        first[i] = 0.9 * first[i] + 0.1 * grad[i];
        second[i] = 0.99 * second[i] + 0.01 * grad[i] ** 2;
        const mean = first[i] / (1 - 0.9 ** this.step);
        data[i] -= (rate * mean) / (Math.sqrt(second[i] / (1 - 0.99 ** this.step)) + 1e-8);
        grad[i] = 0;
      }
    }
    return loss;
  }

  // Likeliest words for each [MASK] of a text.
  fill(text, top = 3) {
    const ids = ['[CLS]', ...text.split(' '), '[SEP]'].map((token) => this.ids.get(token) ?? this.ids.get('[UNK]'));
    const positions = ids.flatMap((id, i) => (id === this.ids.get('[MASK]') ? [i] : []));
    const { mlm } = this.heads(
      this.encode(
        ids,
        ids.map(() => 0),
      ),
      positions,
    );
    const shares = this.tape.softmax(mlm);
    const best = positions.map((_, row) =>
      [...shares.data.subarray(row * mlm.cols, (row + 1) * mlm.cols)]
        .map((p, id) => ({ token: this.vocab[id], p }))
        .sort((a, b) => b.p - a.p)
        .slice(0, top),
    );
    this.tape = new Tape();
    return best;
  }
}
