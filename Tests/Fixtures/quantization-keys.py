"""Writes Tests/Fixtures/quantization-keys.json: the keys that programs have in their configurations of quantized weights.

    mkdir packages
    pip download --no-deps -d packages transformers==5.23.0 compressed-tensors==0.20.0 gptqmodel==7.7.0 mlx-lm==0.32.2
    python quantization-keys.py packages

The keys are those of the classes that the programs read a configuration into: parameters and attributes of classes of
transformers, fields of dataclasses and of pydantic's models, and the names that GPTQModel takes for others. They are read
from the source, which is not run. Where a program has no class (MLX, ExLlamaV2), the keys are those that it asks a dictionary
for; ExLlamaV2's, which it only writes, are listed here.
"""

import ast
import json
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent


class Package:
    """The sources of one package."""

    def __init__(self, folder: Path, name: str):
        found = [path for path in folder.iterdir()
                 if path.is_file() and path.name.lower().replace("-", "_").startswith(f"{name}_")]
        if len(found) != 1:
            raise SystemExit(f"found {[path.name for path in found]} for {name} in {folder}, expected one file")
        self.path = found[0]
        stem = self.path.name.removesuffix(".whl").removesuffix(".tar.gz")
        self.version = stem.split("-")[1]

    def source(self, ending: str) -> ast.Module:
        if self.path.suffix == ".whl":
            with zipfile.ZipFile(self.path) as archive:
                [name] = [name for name in archive.namelist() if name == ending]
                text = archive.read(name).decode()
        else:
            with tarfile.open(self.path) as archive:
                [member] = [member for member in archive.getmembers() if member.name.split("/", 1)[-1] == ending]
                text = archive.extractfile(member).read().decode()
        return ast.parse(text)


def classes(module: ast.Module) -> dict[str, ast.ClassDef]:
    return {node.name: node for node in module.body if isinstance(node, ast.ClassDef)}


def fields(node: ast.ClassDef) -> set[str]:
    """Fields of a dataclass or a model of pydantic."""
    return {item.target.id for item in node.body
            if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and not item.target.id.startswith("_")}


def attributes(node: ast.ClassDef) -> set[str]:
    """Parameters of `__init__` and what it assigns to or takes from its keywords."""
    keys: set[str] = set()
    for item in node.body:
        if not isinstance(item, ast.FunctionDef) or item.name not in ("__init__", "to_dict"):
            continue
        if item.name == "__init__":
            keys |= {argument.arg for argument in item.args.args + item.args.kwonlyargs} - {"self"}
        for part in ast.walk(item):
            if isinstance(part, ast.Assign):
                keys |= {target.attr for target in part.targets
                         if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)
                         and target.value.id == "self"}
                keys |= {target.slice.value for target in part.targets
                         if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant)}
            if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in ("get", "pop") \
                    and isinstance(part.func.value, ast.Name) and part.func.value.id == "kwargs" \
                    and isinstance(part.args[0], ast.Constant):
                keys.add(part.args[0].value)
    return keys


def constants(module: ast.Module) -> dict[str, object]:
    return {node.targets[0].id: node.value.value for node in module.body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)}


def synonyms(module: ast.Module, name: str) -> set[str]:
    """The keys of a dictionary of the module."""
    known = constants(module)
    for node in module.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
            return {key.value if isinstance(key, ast.Constant) else known[key.id] for key in node.value.keys}
    raise SystemExit(f"no {name}")


def asked(module: ast.Module, dictionary: str) -> set[str]:
    """The keys that the module asks a dictionary of this name for."""
    keys: set[str] = set()
    for part in ast.walk(module):
        if isinstance(part, ast.Subscript) and isinstance(part.value, ast.Name) and part.value.id == dictionary \
                and isinstance(part.slice, ast.Constant) and isinstance(part.slice.value, str):
            keys.add(part.slice.value)
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr == "get" \
                and isinstance(part.func.value, ast.Name) and part.func.value.id == dictionary \
                and isinstance(part.args[0], ast.Constant):
            keys.add(part.args[0].value)
    return keys


def main() -> None:
    folder = Path(sys.argv[1])
    transformers, compressed = Package(folder, "transformers"), Package(folder, "compressed_tensors")
    gptqmodel, mlx = Package(folder, "gptqmodel"), Package(folder, "mlx_lm")
    hugging_face = classes(transformers.source("transformers/utils/quantization_config.py"))
    quantization = gptqmodel.source("gptqmodel/quantization/config.py")
    own = classes(quantization)
    others = synonyms(quantization, "QUANT_CONFIG_ARG_SYNONYMS") | synonyms(quantization, "QUANT_CONFIG_ARG_SYNONYMS_NEGATED")
    # Names of settings of other methods than GPTQ and AWQ.
    others = {key for key in others if not key.startswith("bnb_")}
    base = fields(own["BaseQuantizeConfig"]) | fields(own["PreProcessorConfig"]) | others | {
        constants(quantization)["FORMAT_FIELD_COMPAT_MARLIN"]}
    gptq = base | fields(own["GPTQConfig"]) | attributes(hugging_face["GPTQConfig"])
    awq = base | fields(own["AWQConfig"]) | attributes(hugging_face["AwqConfig"])
    # These are set on the way in and are no keys.
    wrapper = {"quantization_config", "kwargs"}
    quant = "compressed_tensors/quantization"
    transform = "compressed_tensors/transform"
    names = constants(compressed.source("compressed_tensors/base.py"))
    config = fields(classes(compressed.source(f"{quant}/quant_config.py"))["QuantizationConfig"])
    config |= {names[key] for key in names if key.endswith("_NAME") and key != "QUANTIZATION_CONFIG_NAME"}
    config |= attributes(hugging_face["CompressedTensorsConfig"]) - wrapper
    one = lambda file, name: sorted(fields(classes(compressed.source(file))[name]) - {"model_config"})
    answer = {
        "programs": {"transformers": transformers.version, "compressed-tensors": compressed.version,
                     "gptqmodel": gptqmodel.version, "mlx-lm": mlx.version},
        "gptq": sorted(gptq | {"quant_method"}),
        "awq": sorted(awq | {"quant_method"}),
        "bitsandbytes": sorted(attributes(hugging_face["BitsAndBytesConfig"]) | {"quant_method"}),
        "compressed-tensors": sorted(config - {"model_config"}),
        "compressed-tensors scheme": one(f"{quant}/quant_scheme.py", "QuantizationScheme"),
        "compressed-tensors numbers": one(f"{quant}/quant_args.py", "QuantizationArgs"),
        "compressed-tensors transforms": one(f"{transform}/transform_config.py", "TransformConfig"),
        "compressed-tensors transform": one(f"{transform}/transform_scheme.py", "TransformScheme"),
        "compressed-tensors application": one(f"{transform}/transform_args.py", "TransformArgs"),
        # Beside the class's: DeepSeek's format, and the name that others have for the skipped modules.
        "fp8": sorted(attributes(hugging_face["FineGrainedFP8Config"]) | {"quant_method", "fmt", "ignored_layers"}),
        "fbgemm_fp8": sorted(attributes(hugging_face["FbgemmFp8Config"]) | {"quant_method"}),
        "bitnet": sorted(attributes(hugging_face["BitNetQuantConfig"]) | {"quant_method"}),
        "mxfp4": sorted(attributes(hugging_face["Mxfp4Config"]) | {"quant_method"}),
        "mlx": sorted(asked(mlx.source("mlx_lm/utils.py"), "quantization")),
        # exllamav2, conversion/compile.py
        "exl2": ["bits", "calibration", "head_bits", "quant_method", "version"],
    }
    (ROOT / "quantization-keys.json").write_text(json.dumps(answer, indent=1) + "\n")


main()
