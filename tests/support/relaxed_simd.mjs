// node --import of this: relaxed SIMD in a Node that has it behind a flag (20).
import { setFlagsFromString } from 'node:v8';

if (Number(process.versions.node.split('.')[0]) < 22) setFlagsFromString('--experimental-wasm-relaxed-simd');
