// The WebAssembly engine: compiled once, one instance a set, because the memory of an instance never shrinks.
import createCore from '#core';
import { BertPreflightError } from './error.js';

/** @param {BufferSource|WebAssembly.Module} bytes of core.wasm; says so when they are something else, such as the web page of a 404 */
export async function compileEngine(bytes) {
  if (bytes instanceof WebAssembly.Module) return bytes;
  const head = new TextDecoder('latin1').decode(new Uint8Array(bytes.buffer ?? bytes, bytes.byteOffset ?? 0, Math.min(64, bytes.byteLength)));
  if (!head.startsWith('\0asm')) {
    const what = /^\s*</.test(head) ? 'a web page instead of core.wasm: is the file where the page looks for it?' : 'something that is not WebAssembly as core.wasm';
    throw new BertPreflightError('engine-failed', `the server sent ${what}`);
  }
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw new BertPreflightError('engine-failed', 'this browser cannot run the engine: it needs WebAssembly with SIMD', { cause });
  }
}

// A function of relaxed SIMD: f32x4.relaxed_madd of its parameters.
const kRelaxedProbe = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32, 1, 32, 2, 253, 133, 2, 11);

/** The sets of instructions there are kernels for, the fastest first. @type {('relaxed'|'simd128')[]} */
export const kInstructions = ['relaxed', 'simd128'];

/** @param {'auto'|'simd128'|'relaxed'} simd @returns {'simd128'|'relaxed'} what runs here */
export function chooseInstructions(simd = 'auto') {
  if (simd !== 'auto' && !kInstructions.includes(simd)) throw new BertPreflightError('bad-input', 'simd is auto, simd128 or relaxed');
  const relaxed = WebAssembly.validate(kRelaxedProbe);
  if (simd === 'relaxed' && !relaxed) throw new BertPreflightError('not-possible', 'there is no relaxed SIMD here');
  return simd === 'auto' ? (relaxed ? 'relaxed' : 'simd128') : simd;
}

/** A fresh instance of a compiled engine, its hot loops in the set of instructions that was chosen. */
export async function newEngine(compiled, simd) {
  const [kernels] = WebAssembly.Module.customSections(compiled, `kernels-${chooseInstructions(simd)}`);
  return new Promise((resolve, reject) => {
    const fail = (cause) => reject(new BertPreflightError('engine-failed', `the engine could not be started: ${cause?.message ?? cause}`, { cause }));
    createCore({
      instantiateWasm(imports, done) {
        // The glue would wait for `done` for ever.
        (async () => {
          const { instance } = await WebAssembly.instantiate(kernels, { env: { memory: imports.env.memory } });
          done(await WebAssembly.instantiate(compiled, { ...imports, kernels: instance.exports }), compiled);
        })().catch(fail);
        return {};
      },
    }).then(resolve, fail);
  });
}
