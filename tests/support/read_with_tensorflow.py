"""Reads checkpoints with TensorFlow and tells each tensor's type, shape and bytes (as a SHA-256).

    read_with_tensorflow.py PREFIX...
"""

import hashlib
import json
import sys

import tensorflow as tf

told = []
for prefix in sys.argv[1:]:
    reader = tf.train.load_checkpoint(prefix)
    tensors = {}
    for name in reader.get_variable_to_shape_map():
        value = reader.get_tensor(name)
        tensors[name] = [str(value.dtype), list(value.shape), hashlib.sha256(value.tobytes()).hexdigest()]
    told.append(tensors)
latest = [tf.train.latest_checkpoint(prefix.rpartition("/")[0]) for prefix in sys.argv[1:]]
print(json.dumps({"version": tf.__version__, "tensors": told, "latest": latest}))
