"""What GPTQModel takes for the pipeline that scripts/bench measures: int4, group 128, desc_act.

    python scripts/bench-gptqmodel.py MODEL CALIBRATION.txt TOKENS CONTEXT OUT

The sequences are cut evenly from the text. Runs in a scratch folder: GPTQModel writes a folder `logs` where it stands."""

import os
import shutil
import sys

model, calibration, tokens, context, out = sys.argv[1:6]
tokens, context = int(tokens), int(context)

from gptqmodel import GPTQModel, QuantizeConfig  # noqa: E402
from tokenizers import Tokenizer  # noqa: E402

shutil.rmtree(out, ignore_errors=True)
ids = Tokenizer.from_file(os.path.join(model, "tokenizer.json")).encode(open(calibration, encoding="utf-8").read()).ids
count = tokens // context
step = max(1, (len(ids) - context) // max(1, count - 1)) if count > 1 else 0
data = [
    {"input_ids": ids[i * step : i * step + context], "attention_mask": [1] * context}
    for i in range(count)
]
config = QuantizeConfig(bits=4, group_size=128, desc_act=True, act_group_aware=False, sym=True)
quantizer = GPTQModel.load(model, config, device="cpu")
quantizer.quantize(data, batch_size=1)
quantizer.save(out)
