// The API of `import … from 'bert-preflight'`, in a page and in Node.

export type Verdict = 'loads' | 'loads-wrong' | 'refuses' | 'not-applicable';
export type Severity = 'error' | 'warning' | 'note';
export type Effect = 'refuses' | 'loads-wrong' | 'may-be-wrong' | 'harmless';
export type ConsumerId = 'keras-bert' | 'bert4keras' | 'google-bert' | 'hf-convert' | 'hf-native' | 'model-garden' | 'bert-for-tf2';
/** "keras-bert", "hf-native:class=BertModel" or the same in parts */
export type Consumer = ConsumerId | (string & {}) | { id: ConsumerId; mode?: Record<string, unknown> };

export interface ConsumerRow {
  id: ConsumerId;
  mode: Record<string, unknown>;
  verdict: Verdict;
  /** false until the data is read */
  final: boolean;
  loaded: number;
  of: number;
  /** indexes into `findings` */
  because: number[];
  /** code to paste */
  call: string | null;
}

export interface Finding {
  /** "area/slug" */
  code: string;
  severity: Severity;
  effect: Effect;
  certainty: 'certain' | 'likely' | 'needs-run';
  subject: { kind: string; name?: string; file?: string; line?: number; id?: number };
  consumers: { id: ConsumerId; effect: Effect }[];
  message: string;
  reason?: string;
  evidence: { found?: unknown; expected?: unknown; why?: string[]; seen_as?: string; at?: { file: string; offset: number; length: number }; items?: string[]; total?: number };
  fix: { say?: string; file?: { name: string; text: string }; paste?: { kind: string; text: string } } | null;
  covers: { code: string; count: number }[];
}

export interface Report {
  set: Record<string, unknown> | null;
  consumers: ConsumerRow[];
  findings: Finding[];
  truncated: number;
  unsettled: string[];
  [key: string]: unknown;
}

export interface TensorInfo {
  name: string;
  dtype: string;
  shape: number[];
  bytes: number;
  role: string | null;
  layer: number;
  file: string | null;
  offset: number;
  length: number;
  crc32c: number | null;
  state: 'not-read' | 'good' | 'checksum-mismatch' | 'cut' | 'no-file';
  stats: { count: number; nan: number; inf: number; zeros: number; ones: number; smallest: number; largest: number; mean: number; variance: number } | null;
  histogram: { from: number; to: number; counts: number[]; taken: number } | null;
}

export interface FileInfo {
  path: string;
  size: number;
  kind: string;
  role: string;
  state: string;
}

export interface Abilities {
  encoder: boolean;
  mlm: boolean;
  nsp: boolean;
  pooled: boolean;
  vocab: boolean;
  why: Partial<Record<'encoder' | 'mlm' | 'nsp' | 'pooled' | 'vocab', string>>;
}

/** Row-major. */
export interface Matrix {
  data: Float32Array;
  shape: number[];
}

export interface Progress {
  phase: 'structure' | 'data' | 'probe' | 'compare';
  bytesDone: number;
  bytesTotal: number;
  tensor?: string;
}

export interface Tokens {
  tokens: string[];
  input_ids: number[];
  token_type_ids: number[];
  attention_mask: number[];
  /** UTF-16 units of the text given */
  offsets: [number, number][];
  casing: string;
}

export interface Encoded extends Omit<Tokens, 'casing' | 'offsets'> {
  offsets?: [number, number][];
  precision: 'f32' | 'int8';
  layers: Record<number, Matrix>;
  pooled: Matrix | null;
  mlm_logits: Matrix | null;
  nsp_logits: Matrix | null;
  attention: Matrix[] | null;
  mlm: { position: number; top: { token: string; id: number; p: number }[] }[] | null;
  nsp: { is_next: number } | null;
}

export interface Aborting {
  signal?: AbortSignal;
  onProgress?: (step: Progress) => void;
}

export interface OpenOptions extends Aborting {
  consumers?: Consumer[];
  lang?: 'en' | 'zh';
  gelu?: 'tanh' | 'erf';
  /** of the layers' weights in `encode`: 'int8' takes a quarter of their memory and about half the time; `check` runs in 'f32' always, which is what is used unless said */
  precision?: 'f32' | 'int8';
  /** how many share the set; unless said as many as pay */
  workers?: number;
  /** core.wasm, fetched from there instead of unpacked */
  wasmURL?: string | URL;
  wasmBinary?: BufferSource;
  /** worker.js, for pages whose policy forbids workers from blobs */
  workerURL?: string | URL;
}

export interface CheckOptions extends Aborting {
  /** the user's call, path or error text */
  paste?: string;
  /** names and shapes only; verdicts are not final */
  quick?: boolean;
  run?: boolean;
  consumers?: Consumer[];
  lang?: 'en' | 'zh';
}

export interface TokenizeOptions {
  casing?: 'auto' | 'lower' | 'strip' | 'lower-strip' | 'none';
  keep_special?: boolean;
  special?: boolean;
}

export interface EncodeOptions extends TokenizeOptions, Aborting {
  layers?: 'last' | 'all' | number[];
  logits?: boolean;
  attention?: boolean;
  top?: number;
  gelu?: 'tanh' | 'erf';
}

export interface ConvertOptions extends Aborting {
  to: 'safetensors' | 'tf-bundle';
  /** in Node the path of a folder; in a page its handle, or nothing for blobs */
  into?: string | FileSystemDirectoryHandle;
  /** replace files that are there already */
  overwrite?: boolean;
  /** leave out rows of the word table that the vocabulary has no words for */
  cutRows?: boolean;
  lang?: 'en' | 'zh';
}

export interface Conversion {
  to: ConvertOptions['to'];
  files: { name: string; bytes: number; blob?: Blob }[];
  tensors: number;
  /** what was mended, each named by the code of its finding; after: null where tensors were left out */
  repairs: { code: string; count: number; before: string; after: string | null; message: string }[];
  left_out: string[];
  /** false: there was no config to convert */
  config: boolean;
}

export interface ExactInput {
  input_ids: ArrayLike<number>;
  token_type_ids?: ArrayLike<number>;
  attention_mask?: ArrayLike<number>;
}

export interface OpenSet {
  readonly files: FileInfo[];
  readonly tensors: TensorInfo[];
  readonly abilities: Abilities;
  readonly memory: { engine: number; weights: number; workers: number } | null;
  check(options?: CheckOptions): Promise<Report>;
  tokenize(text: string, pair?: string, options?: TokenizeOptions): Promise<Tokens>;
  encode(text: string, pair?: string, options?: EncodeOptions): Promise<Encoded>;
  encode(text: string, options: EncodeOptions): Promise<Encoded>;
  encode(input: ExactInput, options?: EncodeOptions): Promise<Encoded>;
  /** Rejects with not-possible, and the findings, where the set cannot be converted. */
  convert(options: ConvertOptions): Promise<Conversion>;
  excerpt(place: { file: string; offset: number; length: number }): Promise<Uint8Array>;
  close(): void;
}

/** In a page: File[], FileList, DataTransfer, handles, contents by name. In Node also paths. */
export type Files = string | string[] | Iterable<File> | ArrayLike<File> | DataTransfer | FileSystemHandle | Record<string, Blob | Uint8Array>;

/** Resolves once the structure is known, no tensor data read. */
export function open(files: Files, options?: OpenOptions): Promise<OpenSet>;

/** Reads a pasted error, call or path without any files. */
export function explain(text: string, options?: { report?: Report; lang?: 'en' | 'zh' }): Report;

export interface TensorPair {
  name: string;
  other: string | null;
  dtype: [string, string];
  shape: [number[], number[]];
  state: 'equal' | 'differs' | 'shape' | 'not-compared';
  transposed: boolean;
  differ: number | null;
  largest: number | null;
  at: number | null;
  not_finite: number | null;
}

export interface Comparison {
  a: { files: { path: string; size: number; role: string }[]; tensors: number; bytes: number };
  b: Comparison['a'];
  config: { same: number; rows: { key: string; a: { value: unknown } | null; b: { value: unknown } | null }[] } | null;
  vocab: { lines: [number, number]; same: number; differ: number; only_a: number; only_b: number; rows: { line: number; a: string | null; b: string | null }[] } | null;
  tensors: {
    pairs: TensorPair[];
    only_a: { name: string; dtype: string; shape: number[] }[];
    only_b: { name: string; dtype: string; shape: number[] }[];
    counts: Record<'equal' | 'differs' | 'shape' | 'not_compared' | 'only_a' | 'only_b', number>;
  };
}

/** Config keys, vocabulary lines, names, shapes and values of two sets; values: false leaves the values out. */
export function compareSets(a: Files, b: Files, options?: Aborting & { values?: boolean; wasmURL?: string | URL; wasmBinary?: BufferSource; workerURL?: string | URL }): Promise<Comparison>;

export class BertPreflightError extends Error {
  readonly name: 'BertPreflightError';
  readonly code: 'aborted' | 'bad-input' | 'no-files' | 'not-possible' | 'read-failed' | 'write-failed' | 'engine-failed';
  readonly findings: Finding[];
}
