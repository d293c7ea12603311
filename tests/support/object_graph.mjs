// An object-based checkpoint (tf.train.Checkpoint): tensors under the paths of objects, and the graph that gives each
// path the full name a Saver would have used.
import { concat, field } from './proto_writer.mjs';

const SUFFIX = '/.ATTRIBUTES/VARIABLE_VALUE';
const escapePart = (part) => part.replaceAll('.', '..').replaceAll('/', '.S');

/** Google-named tensors as the children w0, w1, … of an object called `root`. */
export function asObjectGraph(tensors, root = 'model') {
  const keys = tensors.map((_, i) => `${escapePart(root)}/w${i}${SUFFIX}`);
  const node = (fields) => field.message(1, fields);
  const child = (id, name) => field.message(1, [field.varint(1, id), field.bytes(2, name)]);
  const variables = tensors.map(({ name }, i) =>
    node([field.message(2, [field.bytes(1, 'VARIABLE_VALUE'), field.bytes(2, name), field.bytes(3, keys[i])])]),
  );
  const graph = concat([node([child(1, root)]), node(tensors.map((_, i) => child(2 + i, `w${i}`))), ...variables]);
  return [
    ...tensors.map((tensor, i) => ({ ...tensor, name: keys[i] })),
    { name: '_CHECKPOINTABLE_OBJECT_GRAPH', dtype: 'string', shape: [], values: [graph] },
  ];
}
