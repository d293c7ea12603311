import assert from 'node:assert/strict';
import { test } from 'node:test';

import { consumerList, consumerNamed } from '../../web/engine/consumers.js';

test('a loader is named alone or with its modes', () => {
  assert.deepEqual(consumerNamed('keras-bert'), { id: 'keras-bert', mode: {} });
  assert.deepEqual(consumerNamed('keras-bert:training=True,seq_len=none,output_layer_num=[1, 4]'), { id: 'keras-bert', mode: { training: true, seq_len: null, output_layer_num: [1, 4] } });
  assert.deepEqual(consumerNamed('hf-native:class=BertModel,transformers=4'), { id: 'hf-native', mode: { class: 'BertModel', transformers: 4 } });
  assert.deepEqual(consumerList(['bert4keras', { id: 'keras-bert' }]), [{ id: 'bert4keras', mode: {} }, { id: 'keras-bert', mode: {} }]);
});

test('a mode without a value is refused', () => {
  assert.throws(() => consumerNamed('keras-bert:training'), { code: 'bad-input' });
  assert.throws(() => consumerNamed('keras-bert:=True'), { code: 'bad-input' });
});
