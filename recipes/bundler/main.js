import 'bert-preflight/element';

document.querySelector('bert-preflight').addEventListener('bert-preflight-report', ({ detail: report }) => {
  console.log(report.consumers.map(({ id, verdict }) => `${id}: ${verdict}`).join('\n'));
});
