// A source (web/README.md) over a Blob, in the worker. Where a worker cannot read blobs (WebKitGTK on a page from disk: a read
// fails or never ends) the page reads them and hands the bytes over.
const kAnswer = 1500;          // ms that one byte may take
const kBuffer = 1024 * 1024;
const kRelayed = 8 * 1024 * 1024;  // bytes handed over at once

export class BlobSource {
  // relay(offset, length) → Promise<Uint8Array>; null: the worker reads by itself.
  constructor(path, blob, relay = null) {
    Object.assign(this, { path, size: blob.size, blob, relay });
  }

  async read(offset, length) {
    if (this.relay) return this.relay(offset, length);
    return new Uint8Array(await this.blob.slice(offset, offset + length).arrayBuffer());
  }

  // A stream of the blob is two to three times as fast as slices of it.
  async *stream(offset, length) {
    if (this.relay) {
      for (let at = 0; at < length; at += kRelayed) yield this.relay(offset + at, Math.min(kRelayed, length - at));
      return;
    }
    const { read, cancel } = chunksOf(this.blob.slice(offset, offset + length).stream());
    try {
      for (;;) {
        const { done, value } = await read();
        if (done) return;
        yield value;
      }
    } finally {
      void cancel().catch(() => {});
    }
  }
}

// Into one buffer again and again where the browser can: chunks of its own become garbage faster than it is collected, which
// held hundreds of megabytes.
function chunksOf(stream) {
  let reader;
  try {
    reader = stream.getReader({ mode: 'byob' });
  } catch {
    reader = stream.getReader();
    return { read: () => reader.read(), cancel: () => reader.cancel() };
  }
  let buffer = new ArrayBuffer(kBuffer);
  return {
    async read() {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (value) buffer = value.buffer;
      return { done, value };
    },
    cancel: () => reader.cancel(),
  };
}

/** Whether one of these blobs can be read here. */
export async function canReadBlobs(blobs) {
  const blob = blobs.find(({ size }) => size > 0);
  if (!blob) return true;
  const late = new Promise((resolve) => setTimeout(() => resolve(false), kAnswer));
  return Promise.race([blob.slice(0, 1).arrayBuffer().then(() => true, () => false), late]);
}
