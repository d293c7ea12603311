// One line on stderr that is written over; only on a terminal, and gone when the work is done.
const kNames = { structure: 'reading the structure', data: 'reading the data', probe: 'test runs', convert: 'converting' };

export function progressLine(stream = process.stderr) {
  if (!stream.isTTY) return { show: undefined, clear() {} };
  let shown = false;
  const started = performance.now();
  return {
    show({ phase, bytesDone, bytesTotal }) {
      if (performance.now() - started < 300) return;  // what is over soon needs no word
      const share = bytesTotal ? Math.floor((100 * bytesDone) / bytesTotal) : 100;
      const size = phase === 'probe' ? '' : ` of ${(bytesTotal / 1e6).toFixed(0)} MB`;
      stream.write(`\r\x1b[K${kNames[phase] ?? phase}: ${share} %${size}`);
      shown = true;
    },
    clear() {
      if (shown) stream.write('\r\x1b[K');
      shown = false;
    },
  };
}
