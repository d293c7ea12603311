// A small valid MetaGraphDef, as tf.train.Saver leaves beside a checkpoint: version, one variable node a tensor, the
// constant with the names that SaveV2 wrote, the saver, and the collection of variables.
import { DTYPES } from './dtypes.mjs';
import { concat, field } from './proto_writer.mjs';

const shapeProto = (shape) => shape.map((dim) => field.message(2, [field.varint(1, dim)]));
const attr = (key, value) => field.message(5, [field.bytes(1, key), field.message(2, value)]);
const node = (name, op, attrs) => field.message(1, [field.bytes(1, name), field.bytes(2, op), ...attrs]);

const variableNode = ({ name, dtype, shape }) =>
  node(name, 'VariableV2', [attr('dtype', [field.varint(6, DTYPES[dtype].id)]), attr('shape', [field.message(7, shapeProto(shape))])]);

const namesConstant = (names) =>
  node('save/SaveV2/tensor_names', 'Const', [
    attr('dtype', [field.varint(6, DTYPES.string.id)]),
    attr('value', [
      field.message(8, [
        field.varint(1, DTYPES.string.id),
        field.message(2, shapeProto([names.length])),
        ...names.map((n) => field.bytes(8, n)),
      ]),
    ]),
  ]);

/** @param {{name: string, dtype: string, shape: number[]}[]} variables */
export function metaGraph(variables, { tensorflowVersion = '1.15.0' } = {}) {
  const names = variables.map(({ name }) => name).sort();
  const definitions = variables.map(({ name }) =>
    field.bytes(1, concat([field.bytes(1, `${name}:0`), field.bytes(2, `${name}/Assign`), field.bytes(3, `${name}/read:0`)])),
  );
  const info = [field.bytes(4, 'train'), field.bytes(5, tensorflowVersion), field.bytes(6, `v${tensorflowVersion}-0-g0`)];
  const saver = [
    field.bytes(1, 'save/Const:0'),
    field.bytes(2, 'save/Identity:0'),
    field.bytes(3, 'save/restore_all'),
    field.varint(4, 5),
    field.varint(7, 2),
  ];
  return concat([
    field.message(1, info),
    field.message(2, [...variables.map(variableNode), namesConstant(names), field.message(4, [field.varint(1, 27), field.varint(2, 12)])]),
    field.message(3, saver),
    field.message(4, [field.bytes(1, 'variables'), field.message(2, [field.message(2, definitions)])]),
  ]);
}
