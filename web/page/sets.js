// Several sets that came together: one is judged, and any of the others may be asked for.

const folderOf = (path) => path.slice(0, path.lastIndexOf('/') + 1);

const named = (path, stem) => path === stem || path.startsWith(`${stem}.`);

/** Prefixes of the sets in files {path}, the judged one first; none where there is only one. What an archive holds cannot be taken out. */
export function setsIn(report, files) {
  const others = report.findings.find(({ code }) => code === 'files/several-sets')?.evidence?.items ?? [];
  const loose = [report.set.prefix, ...others].filter((prefix) => files.some(({ path }) => named(path, prefix)));
  return loose.length > 1 ? loose : [];
}

/** Of files {path}, those of the set `prefix`, and what belongs to no other of `prefixes`. */
export function filesOfSet(files, prefix, prefixes) {
  const folder = folderOf(prefix);
  const others = prefixes.filter((other) => other !== prefix);
  const belongs = (path, other) => named(path, other) || (!folder.startsWith(folderOf(other)) && path.startsWith(folderOf(other)));
  return files.filter(({ path }) => named(path, prefix) || !others.some((other) => belongs(path, other)));
}
