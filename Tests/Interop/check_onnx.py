"""ONNX Runtime and its generate API run Planish's graphs, and Planish reads what ONNX Runtime's quantizer makes of one."""

import json
import shutil

import numpy
import onnx
import onnxruntime
import onnxruntime_genai
import torch
from common import MODEL, OTHER_MODEL, Check, Variant
from onnx import numpy_helper
from transformers import AutoConfig, AutoModelForCausalLM

VARIANTS = [
    Variant("int4_g32", "int4_g32"), Variant("int4_g128_asym", "int4_g128_asym"), Variant("int8_g32_asym", "int8_g32_asym"),
    Variant("int8_g128", "int8_g128"),
    # Tables in few bits, which one operation gathers from and another multiplies with; plain matrices between them.
    Variant("tables-8", "int4_g32_asym", {"overrides": [
        {"tensors": "token_embd.weight", "type": "int8_g32"}, {"tensors": "blk.1.attn_{q,v}.weight", "type": "f16"}]}),
    Variant("tables-4", "int8_g32", {"overrides": [{"tensors": "token_embd.weight", "type": "int4_g32_asym"}]}),
    Variant("shards", "int4_g32", {"shard_bytes": 1000000}),
]
LOGITS = 1e-3
GENERATED = 64
PROMPTS = ["The first", "In the year", "She was", "A number of", "It is the", "During the war"]

# Tiny models of random numbers, by what their families do otherwise than Llama: biases, norms of heads, windows, angles by length, caps.
SIZES = {
    "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2,
    "head_dim": 16, "max_position_embeddings": 256, "vocab_size": 2048, "pad_token_id": 0, "bos_token_id": 0, "eos_token_id": 0,
}
FAMILIES = {
    "phi": {}, "mistral": {"sliding_window": 16}, "qwen2": {}, "qwen3": {}, "granite": {}, "smollm3": {}, "olmo2": {}, "stablelm": {},
    "llama": {"rope_parameters": {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0,
                                  "high_freq_factor": 4.0, "original_max_position_embeddings": 64}},
    "phi3": {"original_max_position_embeddings": 32, "partial_rotary_factor": 0.5, "rope_parameters": {
        "rope_type": "longrope", "rope_theta": 10000.0, "short_factor": [1.0, 1.1, 1.2, 1.3],
        "long_factor": [1.5, 2.0, 3.0, 4.0], "partial_rotary_factor": 0.5, "original_max_position_embeddings": 32}},
    "gemma2": {"sliding_window": 16, "query_pre_attn_scalar": 24, "attn_logit_softcapping": 2.0, "final_logit_softcapping": 3.0},
    "gemma3_text": {"sliding_window": 16, "layer_types": ["sliding_attention", "full_attention", "sliding_attention"]},
}


class Graph:
    """A session of ONNX Runtime over one folder."""

    def __init__(self, folder):
        self.session = onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
        self.memory = [value for value in self.session.get_inputs() if value.name.startswith("past_key_values.")]

    def logits(self, tokens: list[int], parts: int = 1) -> numpy.ndarray:
        """Scores after each token, of all tokens at once or of some after the others."""
        state = {value.name: numpy.zeros((1, value.shape[1], 0, value.shape[3]), numpy.float32) for value in self.memory}
        found, done = [], 0
        for part in numpy.array_split(numpy.array(tokens, numpy.int64), parts):
            total = done + len(part)
            outputs = self.session.run(None, {
                "input_ids": part[None], "attention_mask": numpy.ones((1, total), numpy.int64),
                "position_ids": numpy.arange(done, total, dtype=numpy.int64)[None], **state})
            found.append(outputs[0][0])
            state = dict(zip([value.name for value in self.memory], outputs[1:]))
            done = total
        return numpy.concatenate(found)


def matrices(folder) -> dict[str, numpy.ndarray]:
    """The weights of every product of blocks, by the format's description."""
    model = onnx.load(folder / "model.onnx")
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    found = {}
    for node in model.graph.node:
        if node.op_type != "MatMulNBits":
            continue
        attributes = {attribute.name: attribute.i for attribute in node.attribute}
        bits, rows, columns = attributes["bits"], attributes["N"], attributes["K"]

        def unpacked(data, count):
            data = data.reshape(rows, -1)
            codes = data if bits == 8 else numpy.stack([data & 15, data >> 4], -1).reshape(rows, -1)
            return codes[:, :count].astype(numpy.float32)

        blocks = columns // attributes["block_size"]
        codes = unpacked(constants[node.input[1]], columns).reshape(rows, blocks, -1)
        scales = constants[node.input[2]].reshape(rows, blocks, 1).astype(numpy.float32)
        zeros = unpacked(constants[node.input[3]], blocks)[..., None] if len(node.input) > 3 else 2 ** (bits - 1)
        found[node.input[1].removesuffix(f"_Q{bits}")] = ((codes - zeros) * scales).reshape(rows, columns)
    return found


def ours(check: Check) -> None:
    check.declare(loaded=len(VARIANTS))
    check.build(VARIANTS)
    for variant in VARIANTS:
        folder = check.folder(variant)
        check.compare_weights(variant.name, matrices(folder), check.decoded(variant))
        graph = Graph(folder)
        tokens, expected = check.logits(folder)
        check.compare_logits(folder, graph.logits(tokens), expected, LOGITS)
        # With keys and values of earlier calls, as texts are generated.
        later = float(numpy.abs(graph.logits(tokens, parts=5) - expected).max())
        check.holds(later <= LOGITS, f"{variant.name}: logits differ by {later:.3g} in several calls")
    check.holds(len(list(check.folder(VARIANTS[-1]).glob("model.onnx.data*"))) > 1, "constants are in one file")


def generates(check: Check, folder) -> None:
    """The generate API takes the token that Planish scores highest, 64 times."""
    model = onnxruntime_genai.Model(str(folder))
    tokenizer = onnxruntime_genai.Tokenizer(model)
    compared = 0
    for prompt in PROMPTS:
        parameters = onnxruntime_genai.GeneratorParams(model)
        start = tokenizer.encode(prompt)
        parameters.set_search_options(do_sample=False, max_length=len(start) + GENERATED, min_length=len(start) + GENERATED)
        generator = onnxruntime_genai.Generator(model, parameters)
        generator.append_tokens(start)
        while not generator.is_done():
            generator.generate_next_token()
        sequence = [int(token) for token in generator.get_sequence(0)]
        text = check.out / "generated.txt"
        text.write_text(tokenizer.decode(sequence))
        # A text is tokenized in one way alone, and a model need not have generated it in that.
        ids = [int(id) for id in check.planish("tokenize", folder, "--text", text).split()]
        if ids != sequence or len(sequence) != len(start) + GENERATED:
            continue
        _, expected = check.logits(folder, text, len(sequence))
        # A text of so many tokens may not end before.
        expected[:, json.loads((folder / "config.json").read_text())["eos_token_id"]] = -numpy.inf
        chosen = expected[len(start) - 1:len(sequence) - 1].argmax(1).tolist()
        check.holds(chosen == sequence[len(start):], f"{folder.name}: other tokens after {prompt!r}")
        compared += 1
    check.holds(compared >= 2, f"{folder.name}: {compared} of {len(PROMPTS)} texts could be compared")
    print(f"  {folder.name}: {compared} texts of {GENERATED} tokens are those of the highest scores")


def families(check: Check) -> None:
    check.declare(loaded=len(FAMILIES))
    for name, options in FAMILIES.items():
        torch.manual_seed(7)
        source, product = check.out / f"{name}-model", check.out / f"family-{name}"
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(name, **{**SIZES, **options})).eval()
        with torch.no_grad():
            for key, parameter in model.named_parameters():
                parameter.add_(torch.randn(parameter.shape) * (0.3 if parameter.ndim == 1 else 0.1))
        shutil.rmtree(source, ignore_errors=True)
        model.save_pretrained(source)
        for file in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(MODEL / file, source)
        file = check.out / f"{name}.json"
        file.write_text(json.dumps({
            "planish": 1, "model": {"path": str(source)}, "quantize": {"type": "int4_g32_asym", "solver": "rtn"},
            "emit": [{"onnx": {"path": str(product)}}]}))
        check.planish("run", file)
        tokens, expected = check.logits(product)
        graph = Graph(product)
        check.compare_logits(product, graph.logits(tokens), expected, LOGITS)
        if name != "phi3":  # whose angles change with the length of the text
            later = float(numpy.abs(graph.logits(tokens, parts=4) - expected).max())
            check.holds(later <= LOGITS, f"{name}: logits differ by {later:.3g} in several calls")


def theirs(check: Check) -> None:
    """Blocks of ONNX Runtime's own quantizer, of a graph of plain numbers."""
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    kinds = [(4, 32, True), (4, 128, False), (8, 32, True)]
    check.declare(read_back=len(kinds))
    plain = check.out / "plain"
    file = check.out / "plain.json"
    file.write_text(json.dumps({
        "planish": 1, "model": {"path": str(OTHER_MODEL)}, "quantize": {"type": "f32"}, "emit": [{"onnx": {"path": str(plain)}}]}))
    check.planish("run", file)
    for bits, size, symmetric in kinds:
        name = f"theirs-{bits}-{size}-{'sym' if symmetric else 'asym'}"
        folder = check.out / name
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(plain, folder, ignore=shutil.ignore_patterns("model.onnx*"))
        quantizer = MatMulNBitsQuantizer(
            onnx.load(plain / "model.onnx"), bits=bits, block_size=size, is_symmetric=symmetric)
        quantizer.process()
        quantizer.model.save_model_to_file(str(folder / "model.onnx"), True)
        found = matrices(folder)
        check.compare_weights(name, found, check.read_back(folder, name))
        check.holds(len(found) > 7, f"{name}: {len(found)} matrices were quantized")
        check.read_back_is_the_same(name)


check = Check("onnx")
torch.set_num_threads(2)
ours(check)
for variant in VARIANTS[1:5:3]:
    generates(check, check.folder(variant))
families(check)
theirs(check)
check.report(f"onnxruntime {onnxruntime.__version__}, onnxruntime-genai {onnxruntime_genai.__version__}")
