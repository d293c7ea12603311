// TensorFlow's checkpoint V1: one table whose records hold the tensors themselves, whole or in slices of rows, as floats or int64s.
import { concat, field, utf8, varint } from './proto_writer.mjs';
import { orderedKey } from './slice_keys.mjs';
import { buildTable, compareBytes } from './table_writer.mjs';
import { DTYPES, toBytes } from './dtypes.mjs';
import { WHOLE } from './bundle_writer.mjs';

const shapeProto = (shape) => shape.map((dim) => field.message(2, [field.varint(1, dim)]));
const sliceProto = (extents) =>
  extents.map(([start, length]) => field.message(1, length < 0 ? [] : [field.varint(1, start), field.varint(2, length)]));

/** The stored pieces of a tensor: their extents and values. */
function piecesOf({ shape, values, slices }) {
  if (!slices) return [{ extents: shape.map(() => WHOLE), values }];
  const row = values.length / shape[0];
  return slices.map((extents) => ({ extents, values: values.slice(extents[0][0] * row, (extents[0][0] + extents[0][1]) * row) }));
}

/** The payload of a TensorProto: only the typed field is filled. */
function payload({ dtype, values }) {
  if (dtype === 'float32') return field.bytes(5, toBytes(values, dtype));
  return field.bytes(10, concat([...values].map(varint)));
}

/** `table`: options of buildTable. */
export function v1File(tensors, table) {
  const meta = tensors.map(({ name, dtype, shape, values, slices }) =>
    field.message(1, [
      field.bytes(1, name),
      field.message(2, shapeProto(shape)),
      field.varint(3, DTYPES[dtype].id),
      ...piecesOf({ shape, values, slices }).map(({ extents }) => field.message(4, sliceProto(extents))),
    ]),
  );
  const records = tensors.flatMap((tensor) =>
    piecesOf(tensor).map(({ extents, values }) => [
      orderedKey(tensor.name, extents),
      field.message(2, [
        field.bytes(1, tensor.name),
        field.message(2, sliceProto(extents)),
        field.message(3, [payload({ ...tensor, values })]),
      ]),
    ]),
  );
  const header = field.message(1, [...meta, field.message(2, [field.varint(1, 1)])]);
  return buildTable([[utf8(''), header], ...records].sort(([a], [b]) => compareBytes(a, b)), table);
}
