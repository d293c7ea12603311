// The two built-in sets: one that loads, and the same with the config of another model.
const kFolder = 'sample_uncased_L-2_H-64_A-1';
const kOtherRows = 28996; // vocab_size of the cased release

// In base64 of gzip, or (in the sealed page) as they are.
async function unpack(content) {
  if (typeof content !== 'string') return content;
  const bytes = Uint8Array.from(atob(content), (char) => char.charCodeAt(0));
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer());
}

// {path: bytes}, as the engine's open takes them.
export async function sample(which) {
  const { default: packed } = await import('./sample-data.js');
  const files = {};
  for (const [name, content] of Object.entries(packed)) files[`${kFolder}/${name}`] = await unpack(content);
  if (which === 'bad') {
    const path = `${kFolder}/bert_config.json`;
    const config = new TextDecoder().decode(files[path]).replace(/("vocab_size": )\d+/, `$1${kOtherRows}`);
    files[path] = new TextEncoder().encode(config);
  }
  return files;
}
