// Small arithmetic on what a run gives back: [tokens, width] row-major.
export function meanVector({ data, shape: [tokens, width] }) {
  const mean = new Float64Array(width);
  for (let i = 0; i < tokens * width; i += 1) mean[i % width] += data[i] / tokens;
  return mean;
}

export function cosine(a, b) {
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i += 1) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return ab / Math.sqrt(aa * bb);
}

// Mean length of the vectors of one layer.
export function meanLength({ data, shape: [tokens, width] }) {
  let sum = 0;
  for (let row = 0; row < tokens; row += 1) {
    let square = 0;
    for (let i = row * width; i < (row + 1) * width; i += 1) square += data[i] * data[i];
    sum += Math.sqrt(square);
  }
  return sum / tokens;
}
