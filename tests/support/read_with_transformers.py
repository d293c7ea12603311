"""What transformers makes of a folder: the loading info and, for inputs like those of reference.json, its outputs.

    read_with_transformers.py FOLDER CLASS REFERENCE ACTIVATION
"""

import json
import sys

import torch
import transformers

folder, class_name, reference, activation = sys.argv[1:]
config = transformers.BertConfig.from_pretrained(folder)
if activation:
    config.hidden_act = activation
model, info = getattr(transformers, class_name).from_pretrained(folder, config=config, output_loading_info=True)
model.eval()
outputs = []
with open(reference) as file:
    inputs = json.load(file)["inputs"]
for given in inputs:
    tensors = {key: torch.tensor([given[key]]) for key in ("input_ids", "token_type_ids", "attention_mask")}
    with torch.no_grad():
        out = model(**tensors, output_hidden_states=True)
    outputs.append({
        "layers": [layer[0].tolist() for layer in out.hidden_states],
        "mlm_logits": out.prediction_logits[0].tolist(),
        "nsp_logits": out.seq_relationship_logits[0].tolist(),
    })
tokenizer = transformers.BertTokenizer.from_pretrained(folder)
print(json.dumps({
    "version": transformers.__version__,
    "missing": info["missing_keys"],
    "unexpected": info["unexpected_keys"],
    "mismatched": [list(map(str, one)) for one in info["mismatched_keys"]],
    "auto": type(transformers.AutoModelForPreTraining.from_pretrained(folder)).__name__,
    "lower": tokenizer.do_lower_case,
    "outputs": outputs,
}))
