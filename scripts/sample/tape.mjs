// Gradients by a tape: each operation computes its values and notes how they change with its inputs.
// A matrix is {rows, cols, data, grad}, row-major.
export class Tape {
  #steps = [];

  matrix(rows, cols, data = new Float32Array(rows * cols)) {
    return { rows, cols, data, grad: new Float32Array(rows * cols) };
  }

  // Walks back; gradients of the parameters add up.
  back() {
    for (const step of this.#steps.reverse()) step();
    this.#steps = [];
  }

  #note(step) {
    this.#steps.push(step);
  }

  // Rows of `table` by id.
  rows(table, ids) {
    const out = this.matrix(ids.length, table.cols);
    ids.forEach((id, i) => out.data.set(table.data.subarray(id * table.cols, (id + 1) * table.cols), i * table.cols));
    this.#note(() =>
      ids.forEach((id, i) => {
        for (let c = 0; c < table.cols; c++) table.grad[id * table.cols + c] += out.grad[i * table.cols + c];
      }),
    );
    return out;
  }

  add(a, b) {
    const out = this.matrix(
      a.rows,
      a.cols,
      a.data.map((value, i) => value + b.data[i]),
    );
    this.#note(() => {
      for (let i = 0; i < out.grad.length; i++) {
        a.grad[i] += out.grad[i];
        b.grad[i] += out.grad[i];
      }
    });
    return out;
  }

  // x W, or x Wᵀ; with bias [1, out] or none.
  product(x, w, bias = null, turned = false) {
    const inner = x.cols;
    const cols = turned ? w.rows : w.cols;
    const [down, across] = turned ? [1, w.cols] : [w.cols, 1];
    const out = this.matrix(x.rows, cols);
    const [values, weights, result] = [x.data, w.data, out.data];
    for (let i = 0; i < x.rows; i++) {
      if (bias) result.set(bias.data, i * cols);
      for (let j = 0; j < cols; j++) {
        let sum = 0;
        for (let k = 0, at = j * across; k < inner; k++, at += down) sum += values[i * inner + k] * weights[at];
        result[i * cols + j] += sum;
      }
    }
    this.#note(() => {
      const [slopes, to_x, to_w] = [out.grad, x.grad, w.grad];
      for (let i = 0; i < x.rows; i++) {
        for (let j = 0; j < cols; j++) {
          const slope = slopes[i * cols + j];
          if (bias) bias.grad[j] += slope;
          for (let k = 0, at = j * across; k < inner; k++, at += down) {
            to_x[i * inner + k] += slope * weights[at];
            to_w[at] += slope * values[i * inner + k];
          }
        }
      }
    });
    return out;
  }

  each(x, f, slope) {
    const out = this.matrix(
      x.rows,
      x.cols,
      x.data.map((value) => f(value)),
    );
    this.#note(() => {
      for (let i = 0; i < out.grad.length; i++) x.grad[i] += out.grad[i] * slope(x.data[i], out.data[i]);
    });
    return out;
  }

  tanh(x) {
    return this.each(x, Math.tanh, (_, y) => 1 - y * y);
  }

  // The tanh form, as Google's code has it.
  gelu(x) {
    const c = Math.sqrt(2 / Math.PI);
    const inner = (v) => Math.tanh(c * (v + 0.044715 * v ** 3));
    return this.each(
      x,
      (v) => 0.5 * v * (1 + inner(v)),
      (v) => {
        const t = inner(v);
        return 0.5 * (1 + t) + 0.5 * v * (1 - t * t) * c * (1 + 3 * 0.044715 * v * v);
      },
    );
  }

  norm(x, gamma, beta, eps = 1e-12) {
    const { rows, cols } = x;
    const out = this.matrix(rows, cols);
    const hat = new Float32Array(rows * cols);
    const inverse = new Float32Array(rows);
    for (let i = 0; i < rows; i++) {
      const row = x.data.subarray(i * cols, (i + 1) * cols);
      const mean = row.reduce((sum, value) => sum + value, 0) / cols;
      inverse[i] = 1 / Math.sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / cols + eps);
      for (let c = 0; c < cols; c++) {
        hat[i * cols + c] = (row[c] - mean) * inverse[i];
        out.data[i * cols + c] = hat[i * cols + c] * gamma.data[c] + beta.data[c];
      }
    }
    this.#note(() => {
      for (let i = 0; i < rows; i++) {
        let sum = 0;
        let dot = 0;
        for (let c = 0; c < cols; c++) {
          const slope = out.grad[i * cols + c];
          gamma.grad[c] += slope * hat[i * cols + c];
          beta.grad[c] += slope;
          sum += slope * gamma.data[c];
          dot += slope * gamma.data[c] * hat[i * cols + c];
        }
        for (let c = 0; c < cols; c++) {
          const at = i * cols + c;
          x.grad[at] += inverse[i] * (out.grad[at] * gamma.data[c] - sum / cols - (hat[at] * dot) / cols);
        }
      }
    });
    return out;
  }

  softmax(x, scale = 1) {
    const { rows, cols } = x;
    const out = this.matrix(rows, cols);
    for (let i = 0; i < rows; i++) {
      const row = x.data.subarray(i * cols, (i + 1) * cols);
      const most = Math.max(...row);
      const powers = row.map((value) => Math.exp((value - most) * scale));
      const sum = powers.reduce((a, b) => a + b, 0);
      out.data.set(
        powers.map((value) => value / sum),
        i * cols,
      );
    }
    this.#note(() => {
      for (let i = 0; i < rows; i++) {
        let dot = 0;
        for (let c = 0; c < cols; c++) dot += out.grad[i * cols + c] * out.data[i * cols + c];
        for (let c = 0; c < cols; c++) x.grad[i * cols + c] += scale * out.data[i * cols + c] * (out.grad[i * cols + c] - dot);
      }
    });
    return out;
  }

  // Mean of −log p(label) over the rows; starts the way back.
  crossEntropy(logits, labels, weight) {
    const { cols } = logits;
    let loss = 0;
    labels.forEach((label, i) => {
      const row = logits.data.subarray(i * cols, (i + 1) * cols);
      const most = Math.max(...row);
      const powers = row.map((value) => Math.exp(value - most));
      const sum = powers.reduce((a, b) => a + b, 0);
      loss -= Math.log(powers[label] / sum) / labels.length;
      for (let c = 0; c < cols; c++) logits.grad[i * cols + c] += (weight * (powers[c] / sum - (c === label))) / labels.length;
    });
    return loss;
  }
}
