// Gives a test program the kernels of the set of instructions that BP_KERNELS names, as web/engine/load.js does in the engine.
Module['instantiateWasm'] = (imports, done) => {
  const { join, basename } = require('path');
  const compiled = (name) => new WebAssembly.Module(require('fs').readFileSync(join(__dirname, `${name}.wasm`)));
  const kernels = new WebAssembly.Instance(compiled(`kernels_${process.env.BP_KERNELS || 'simd128'}`), { env: { memory: imports.env.memory } });
  const program = compiled(basename(__filename, '.js'));
  const instance = new WebAssembly.Instance(program, { ...imports, kernels: kernels.exports });
  done(instance, program);
  return instance.exports;
};
