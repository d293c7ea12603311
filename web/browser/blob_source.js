// A source (web/README.md) over a Blob, in the worker.
export class BlobSource {
  constructor(path, blob) {
    this.path = path;
    this.size = blob.size;
    this.blob = blob;
  }

  get handle() {
    return { path: this.path, blob: this.blob };
  }

  async read(offset, length) {
    return new Uint8Array(await this.blob.slice(offset, offset + length).arrayBuffer());
  }

  // A stream of the blob is two to three times as fast as slices of it.
  async *stream(offset, length) {
    const reader = this.blob.slice(offset, offset + length).stream().getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        yield value;
      }
    } finally {
      void reader.cancel().catch(() => {});
    }
  }
}
