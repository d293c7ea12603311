"""Writes the small files beside it with PyTorch, and expected.json: what PyTorch and safetensors read from them and from the
fixtures. Run with: python3 make_torch_files.py; made with PyTorch 1.13.1 and safetensors 0.8.0 on Python 3.11."""
import collections
import glob
import json
import os

import torch
from safetensors.numpy import load_file

HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.join(HERE, '..', '..', 'fixtures')


def state():
    base = torch.arange(12, dtype=torch.float32).reshape(3, 4) / 8 - 0.5
    cube = torch.arange(24, dtype=torch.int32).reshape(2, 3, 4)
    tensors = collections.OrderedDict()
    tensors['base'] = base
    tensors['base.t'] = base.t()
    tensors['columns'] = base[:, 1:3]
    tensors['columns.t'] = base[:, 1:3].t()
    tensors['rows'] = base[1:]
    tensors['every.other'] = base[::2, ::3]
    tensors['permuted'] = cube.permute(2, 0, 1)
    tensors['expanded'] = torch.tensor([1.5, -2.5, 0.0]).expand(4, 3)
    tensors['expanded.inside'] = torch.tensor([[7.0], [8.0]]).expand(2, 3)
    tensors['position_ids'] = torch.arange(6).expand((1, -1))
    tensors['scalar'] = torch.tensor(2.75, dtype=torch.float64)
    tensors['empty'] = torch.zeros(0, 3)
    tensors['half'] = torch.tensor([1.0, -0.5, 65504.0], dtype=torch.float16)
    tensors['bfloat'] = torch.tensor([1.0, -0.5, 3.0e38], dtype=torch.bfloat16)
    tensors['flags'] = torch.tensor([True, False, True])
    tensors['small'] = torch.tensor([-3, 3], dtype=torch.int8)
    tensors['bytes'] = torch.tensor([0, 255], dtype=torch.uint8)
    tensors['short'] = torch.tensor([-300, 300], dtype=torch.int16)
    tensors['parameter'] = torch.nn.Parameter(torch.tensor([[1.0, 2.0]]))
    tensors['tied'] = tensors['parameter']
    tensors['not.a.tensor'] = 3
    tensors._metadata = collections.OrderedDict([('', {'version': 1})])
    return tensors


def listing(tensors):
    rows = []
    for name, tensor in tensors.items():
        if not torch.is_tensor(tensor):
            continue
        rows.append({'name': name, 'dtype': str(tensor.dtype).replace('torch.', ''), 'shape': list(tensor.shape),
                     'values': tensor.detach().double().reshape(-1).tolist()})
    return rows


def summary(rows):
    for row in rows:
        row['sum'] = sum(row.pop('values'))
    return rows


def main():
    os.chdir(HERE)
    torch.save(state(), 'state.pt')
    torch.save(state(), 'state_legacy.pt', _use_new_zipfile_serialization=False)
    torch.save({'epoch': 3, 'model': state(), 'optimizer': {'state': {0: torch.zeros(2)}, 'lr': 1e-3}}, 'wrapped.pt')
    expected = {'files': {name: listing(state()) for name in ('state.pt', 'state_legacy.pt', 'wrapped.pt')}, 'fixtures': {}}
    for path in sorted(glob.glob(os.path.join(FIXTURES, 'hf', '*', 'model', 'pytorch_model.bin'))):
        case = path.split(os.sep)[-3]
        if case in ('pickle-os-system', 'torchscript-bin', 'torch-tar', 'lfs-pointer-bin', 'tf-data-renamed-bin'):
            continue
        tensors = torch.load(path, map_location='cpu')
        rows = summary(listing(tensors.get('state_dict', tensors)))
        expected['fixtures'][os.path.relpath(path, FIXTURES)] = rows
    for case in ('pretraining-safetensors', 'half-safetensors', 'roberta'):
        path = os.path.join('hf', case, 'model', 'model.safetensors')
        arrays = load_file(os.path.join(FIXTURES, path))
        expected['fixtures'][path] = [{'name': name, 'dtype': str(array.dtype), 'shape': list(array.shape), 'sum': float(array.astype('float64').sum())}
                                      for name, array in arrays.items()]
    with open('expected.json', 'w') as out:
        files = ',\n'.join(json.dumps(name) + ': [\n' + ',\n'.join(json.dumps(row) for row in rows) + ']' for name, rows in expected['files'].items())
        fixtures = ',\n'.join(json.dumps(name) + ': [\n' + ',\n'.join(json.dumps(row) for row in rows) + ']' for name, rows in expected['fixtures'].items())
        out.write('{"files": {\n' + files + '},\n"fixtures": {\n' + fixtures + '}}\n')


main()
