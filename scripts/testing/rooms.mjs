import { wrongImports, wrongIncludes } from '../check_rooms.mjs';

export function rooms() {
  const failures = [...wrongIncludes('.'), ...wrongImports('.')].map(({ file, line, sees }) => `${file}:${line} must not see ${sees}`);
  return { passed: failures.length ? 0 : 1, failures };
}
