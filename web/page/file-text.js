// The text of one of the user's files, read again to show a place in it.
const kDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const kMost = 16 << 20;

// null: not among the files, too large to show, or no UTF-8.
export async function fileText(set, path) {
  const file = set?.files.find((entry) => entry.path === path);
  if (!file || file.size > kMost) return null;
  const bytes = await set.excerpt({ file: path, offset: 0, length: file.size });
  try {
    return kDecoder.decode(bytes);
  } catch {
    return null;
  }
}

// The file of the set that a corrected one replaces.
export function replacedBy(set, finding) {
  const { file } = finding.fix ?? {};
  if (!file || !set) return null;
  const named = set.files.filter((entry) => entry.path.split('/').pop() === file.name);
  return named.find((entry) => entry.path === finding.subject?.file) ?? (named.length === 1 ? named[0] : null);
}
