// TensorFlow's checkpoint V1: one table whose records hold the tensors themselves, whole, as floats or int64s.
import { concat, field, utf8, varint } from './proto_writer.mjs';
import { orderedKey } from './slice_keys.mjs';
import { buildTable, compareBytes } from './table_writer.mjs';
import { DTYPES, toBytes } from './dtypes.mjs';
import { WHOLE } from './bundle_writer.mjs';

const shapeProto = (shape) => shape.map((dim) => field.message(2, [field.varint(1, dim)]));
const wholeSlice = (shape) => shape.map(() => field.message(1, []));

/** The payload of a TensorProto: only the typed field is filled. */
function payload({ dtype, values }) {
  if (dtype === 'float32') return field.bytes(5, toBytes(values, dtype));
  return field.bytes(10, concat([...values].map(varint)));
}

/** `table`: options of buildTable. */
export function v1File(tensors, table) {
  const meta = tensors.map(({ name, dtype, shape }) =>
    field.message(1, [
      field.bytes(1, name),
      field.message(2, shapeProto(shape)),
      field.varint(3, DTYPES[dtype].id),
      field.message(4, wholeSlice(shape)),
    ]),
  );
  const records = tensors.map((tensor) => [
    orderedKey(
      tensor.name,
      tensor.shape.map(() => WHOLE),
    ),
    field.message(2, [field.bytes(1, tensor.name), field.message(2, wholeSlice(tensor.shape)), field.message(3, [payload(tensor)])]),
  ]);
  const header = field.message(1, [...meta, field.message(2, [field.varint(1, 1)])]);
  return buildTable([[utf8(''), header], ...records].sort(([a], [b]) => compareBytes(a, b)), table);
}
