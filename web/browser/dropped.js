// Whatever a page can be handed, to a flat list of {path, blob}; "/" between folders, as the engine wants it.

const kSkipped = new Set(['.git', '__MACOSX']);

/**
 * @param {File[]|FileList|DataTransfer|FileSystemHandle|Object<string, Blob|Uint8Array>} given A DataTransfer is read before this
 *   returns its promise, for the browser empties it after its event.
 * @returns {Promise<{path: string, blob: Blob}[]>}
 */
export function collect(given) {
  if (globalThis.DataTransfer && given instanceof DataTransfer) return fromTransfer(given);
  return fromOther(given);
}

async function fromOther(given) {
  if (given?.kind === 'file' || given?.kind === 'directory') return fromHandle(given);
  if (given instanceof Blob) return [{ path: given.name ?? 'file', blob: given }];
  if (typeof given?.[Symbol.iterator] === 'function') return [...given].map(fromEntry);
  return Object.entries(given ?? {}).map(([path, content]) => ({ path, blob: content instanceof Blob ? content : new Blob([content]) }));
}

function fromEntry(entry) {
  if (entry.path && entry.blob) return entry;
  return { path: entry.webkitRelativePath || entry.name || 'file', blob: entry };
}

// Handles first (Chromium on file: cannot walk entries), then entries, then plain files.
async function fromTransfer(transfer) {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file');
  const taken = items.map((item) => ({ handle: item.getAsFileSystemHandle?.(), entry: item.webkitGetAsEntry?.(), file: item.getAsFile() }));
  const lists = await Promise.all(taken.map(async ({ handle, entry, file }) => {
    const handled = await handle?.then(fromHandle).catch(() => null);
    if (handled) return handled;
    if (entry?.isDirectory) return fromFolderEntry(entry, entry.name);
    return file ? [{ path: file.name, blob: file }] : [];
  }));
  return lists.flat();
}

async function fromHandle(handle, path = handle.name) {
  if (handle.kind === 'file') return [{ path, blob: await handle.getFile() }];
  const lists = [];
  for await (const [name, inner] of handle.entries()) if (!kSkipped.has(name)) lists.push(await fromHandle(inner, `${path}/${name}`));
  return lists.flat();
}

async function fromFolderEntry(folder, path) {
  const reader = folder.createReader();
  const files = [];
  for (;;) {
    // Gives some at a time; an empty list is the end.
    const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!entries.length) return files;
    for (const entry of entries) {
      if (kSkipped.has(entry.name)) continue;
      const inner = `${path}/${entry.name}`;
      if (entry.isDirectory) files.push(...(await fromFolderEntry(entry, inner)));
      else files.push({ path: inner, blob: await new Promise((resolve, reject) => entry.file(resolve, reject)) });
    }
  }
}
