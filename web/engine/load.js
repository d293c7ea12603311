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

/** A fresh instance of a compiled engine. */
export function newEngine(compiled) {
  return new Promise((resolve, reject) => {
    const fail = (cause) => reject(new BertPreflightError('engine-failed', `the engine could not be started: ${cause?.message ?? cause}`, { cause }));
    createCore({
      instantiateWasm(imports, done) {
        // The glue would wait for `done` for ever.
        WebAssembly.instantiate(compiled, imports).then((instance) => done(instance, compiled)).catch(fail);
        return {};
      },
    }).then(resolve, fail);
  });
}
