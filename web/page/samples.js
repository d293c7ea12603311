// The two built-in sets: one that loads, and the same with the config of another model.
import packed from './sample-data.js';

const kFolder = 'sample_uncased_L-2_H-64_A-1';
const kOtherRows = 28996; // vocab_size of the cased release

async function unpack(base64) {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer());
}

// {path: bytes}, as the engine's open takes them.
export async function sample(which) {
  const files = {};
  for (const [name, base64] of Object.entries(packed)) files[`${kFolder}/${name}`] = await unpack(base64);
  if (which === 'bad') {
    const path = `${kFolder}/bert_config.json`;
    const config = new TextDecoder().decode(files[path]).replace(/("vocab_size": )\d+/, `$1${kOtherRows}`);
    files[path] = new TextEncoder().encode(config);
  }
  return files;
}
