// The kernels travel in core.wasm, each set of instructions a custom section "kernels-<variant>" (web/engine/load.js).

function leb128(value) {
  const bytes = [];
  for (; value > 0x7f; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80);
  return Buffer.from([...bytes, value]);
}

function sectionIds(bytes) {
  const ids = [];
  for (let at = 8; at < bytes.length;) {
    ids.push(bytes[at++]);
    let length = 0;
    for (let scale = 1, byte = 0x80; byte & 0x80; scale *= 128) {
      byte = bytes[at++];
      length += (byte & 0x7f) * scale;
    }
    at += length;
  }
  return ids;
}

const kData = 11;

/** @param {Buffer} core @param {Object<string, Buffer>} kernels modules by variant @returns {Buffer} core with them */
export function withKernels(core, kernels) {
  const sections = Object.entries(kernels).map(([variant, module]) => {
    // The memory is the program's: data of the kernels would lie on top of its own.
    if (sectionIds(module).includes(kData)) throw new Error(`the ${variant} kernels have data, which they may not`);
    const name = Buffer.from(`kernels-${variant}`);
    const body = Buffer.concat([leb128(name.length), name, module]);
    return Buffer.concat([Buffer.from([0]), leb128(body.length), body]);
  });
  return Buffer.concat([core, ...sections]);
}
