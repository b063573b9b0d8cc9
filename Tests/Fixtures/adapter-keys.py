"""Asks PyPI's peft what each key of adapter_config.json changes, and writes adapter-keys.json.

    python adapter-keys.py

Keys are the fields of peft's LoraConfig and a few that it does not have. Each is taken away, set to null and set to other values in the adapters of
families.json. What comes of it is "same", "logits" (of two tokens some of them) or "refused", as in config-keys.py.

Needs torch 2.15, transformers 5.23, peft 0.21 and safetensors 0.8.
"""

import base64
import dataclasses
import json
import logging
import os
import sys
import tempfile
import warnings
from pathlib import Path

import numpy

from families import ADAPTERS, TOKENS, write_folder, write_weights

HERE = Path(__file__).resolve().parent
ROWS, COLUMNS = [20, 39], 6
GONE = "(gone)"
VALUES = {
    "peft_type": ["LORA", "IA3", "LOHA"], "r": [2, 4, 8], "lora_alpha": [3, 16], "use_rslora": [True, False],
    "use_dora": [True, False], "fan_in_fan_out": [True, False], "bias": ["none", "all", "lora_only"], "lora_dropout": [0.5],
    "target_modules": [["q_proj"], ["q_proj", "v_proj", "down_proj", "k_proj"], "all-linear", r".*\.(q_proj|v_proj|down_proj)",
                       r".*q_proj", [], ["model.layers.0.self_attn.q_proj"], ["embed_tokens", "k_proj", "gate_proj", "up_proj",
                       "o_proj", "q_proj", "v_proj", "down_proj", "c_attn", "c_fc", "query_key_value"]],
    "exclude_modules": [[], ["q_proj"], ["layers.0.self_attn.q_proj"], r".*layers\.1\..*", ["nothing"]],
    "layers_to_transform": [[], [0], [0, 1], 1, [5]],
    "layers_pattern": [[], ["layers"], "layers", ["h"], "model.layers"],
    "modules_to_save": [["norm"], ["lm_head", "norm"], []],
    "init_lora_weights": [True, False, "gaussian", "eva", "orthogonal", "mica", "pissa", "pissa_niter_4", "olora", "OLoRA", "corda",
                          "loftq", "lora_ga", "unheard"],
    "rank_pattern": [{}, {"q_proj": 4}, {"v_proj": 4, "q_proj": 4, "down_proj": 4}, {"down_proj": 3}],
    "alpha_pattern": [{}, {"q_proj": 5}, {r"layers\.0\..*": 7}, {"nothing": 5}, {"^model.layers.0.self_attn.q_proj": 9}],
    "megatron_config": [{"a": 1}], "megatron_core": ["x"], "trainable_token_indices": [[], [1, 2], {"embed_tokens": [1]}],
    "loftq_config": [{}, {"loftq_bits": 4, "loftq_iter": 1}], "eva_config": [{"rho": 2.0}], "corda_config": [{"use_float16_for_covariance": False}],
    "lora_ga_config": [{"direction": "ArBr"}], "velora_config": [{}, {"num_groups": 2}], "alora_invocation_tokens": [[], [5]],
    "use_qalora": [True, False], "qalora_group_size": [8], "monteclora_config": [{}, {"num_samples": 2}],
    "layer_replication": [[], [[0, 2], [0, 2]]], "runtime_config": [{"ephemeral_gpu_offload": False}], "lora_bias": [True, False],
    "target_parameters": [[], ["mlp.experts.gate_up_proj"]], "use_bdlora": [False, {"nblocks": 2}],
    "arrow_config": [{"top_k": 1}], "kasa_config": [{}, {"beta": 0.0001}], "ensure_weight_tying": [True, False],
    "task_type": ["CAUSAL_LM", "FEATURE_EXTRACTION"], "base_model_name_or_path": ["x"], "revision": ["x"], "inference_mode": [True, False],
    "auto_mapping": [{"a": "b"}], "peft_version": ["0.9"], "unheard_of": [1],
}


def main() -> None:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    import torch
    from peft import LoraConfig, PeftModel
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging as told
    told.set_verbosity(50)
    told.disable_progress_bar()
    fields = {field.name for field in dataclasses.fields(LoraConfig)}
    if missing := fields - VALUES.keys():
        sys.exit(f"adapter-keys: no values to try for {sorted(missing)}, which LoraConfig has")
    recorded = json.loads((HERE / "families.json").read_text())
    bases = {model["name"]: model for model in recorded["models"]}
    result = []
    for adapter in recorded["adapters"]:
        with tempfile.TemporaryDirectory() as temporary:
            base, saved = Path(temporary) / "base", Path(temporary) / "adapter"
            write_folder(bases[adapter["base"]], base)
            saved.mkdir()
            write_weights(adapter, saved / "adapter_model.safetensors")

            def run(config: dict):
                (saved / "adapter_config.json").write_text(json.dumps(config))
                torch.manual_seed(0)
                try:
                    model = AutoModelForCausalLM.from_pretrained(base, attn_implementation="eager", dtype=torch.float32)
                    model = PeftModel.from_pretrained(model.eval(), saved).eval()
                    with torch.no_grad():
                        return "logits", model(torch.tensor([TOKENS])).logits[0][ROWS, :COLUMNS].contiguous().numpy()
                except Exception as error:
                    return "refused", f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0][:100]}"

            kind, expected = run(adapter["config"])
            assert kind == "logits", expected
            outcomes, same = [], []
            for key, values in VALUES.items():
                for value in [GONE, None, *values]:
                    config = {k: v for k, v in {**adapter["config"], key: value}.items() if v != GONE}
                    if config == adapter["config"]:
                        continue
                    kind, found = run(config)
                    if kind == "logits" and numpy.abs(found - expected).max() <= 2e-5 * numpy.abs(expected).max():
                        same.append({key: value})
                    elif kind == "logits" and not numpy.isnan(found).any():
                        outcomes.append({"set": {key: value}, "kind": kind,
                                         "logits": base64.b64encode(found.astype("<f4").tobytes()).decode()})
                    else:
                        outcomes.append({"set": {key: value}, "kind": "refused", "why": str(found)[:140]})
        print(f"adapter-keys: {adapter['name']}: {len(same)} the same, {len(outcomes)} others", file=sys.stderr, flush=True)
        result.append({"name": adapter["name"], "keys": sorted(fields), "outcomes": outcomes, "same": same})
    text = ",\n".join("{" + ",\n".join(
        f"{json.dumps(key)}: " + ("[\n" + ",\n".join(json.dumps(item) for item in value) + "]" if key == "outcomes" else json.dumps(value))
        for key, value in entry.items()) + "}" for entry in result)
    (HERE / "adapter-keys.json").write_text("[" + text + "]\n")


if __name__ == "__main__":
    main()
