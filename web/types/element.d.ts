// `import 'bert-preflight/element'` registers <bert-preflight>.
import type { BertPreflightError, Progress, Report } from './index.js';

export class BertPreflightElement extends HTMLElement {
  /** The last report, or null. */
  readonly report: Report | null;
  open(files: File[] | FileList | DataTransfer | FileSystemHandle | Record<string, Blob | Uint8Array>): Promise<void>;
  cancel(): void;
  download(format: 'json' | 'markdown' | 'sarif' | 'html'): void;
}

declare global {
  interface HTMLElementTagNameMap {
    'bert-preflight': BertPreflightElement;
  }
  interface HTMLElementEventMap {
    'bert-preflight-start': CustomEvent<Record<string, never>>;
    'bert-preflight-progress': CustomEvent<Progress>;
    'bert-preflight-report': CustomEvent<Report>;
    'bert-preflight-error': CustomEvent<BertPreflightError>;
    'bert-preflight-cancel': CustomEvent<Record<string, never>>;
  }
}
