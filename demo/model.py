"""A compact Llama in PyTorch whose parameters carry Hugging Face names, so that export is a plain copy."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn


@dataclass(frozen=True)
class Config:
    """The shape of the demo model; every row length is a multiple of 256, as K-quants ask."""

    vocab_size: int = 2048
    hidden_size: int = 256
    intermediate_size: int = 768
    num_hidden_layers: int = 5
    num_attention_heads: int = 8
    num_key_value_heads: int = 4
    max_position_embeddings: int = 1024
    rope_theta: float = 10000.0
    rms_norm_eps: float = 1e-5

    @property
    def head_dim(self) -> int:
        return self.hidden_size // self.num_attention_heads

    def hugging_face(self, end_of_text: int) -> dict:
        """config.json of the exported folder."""
        return {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            **asdict(self),
            "head_dim": self.head_dim,
            "hidden_act": "silu",
            "attention_bias": False,
            "mlp_bias": False,
            "rope_scaling": None,
            "tie_word_embeddings": True,
            "bos_token_id": end_of_text,
            "eos_token_id": end_of_text,
            "initializer_range": 0.02,
            "use_cache": True,
            "torch_dtype": "float16",
        }

    @staticmethod
    def read(folder: Path) -> Config:
        values = json.loads((folder / "config.json").read_text())
        return Config(**{name: values[name] for name in Config.__dataclass_fields__})


class Norm(nn.Module):
    """Root-mean-square normalisation."""

    def __init__(self, config: Config):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(config.hidden_size))
        self.eps = config.rms_norm_eps

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, x.shape[-1:], self.weight, self.eps)


class Attention(nn.Module):
    """Causal attention with rotary positions; key/value heads are shared by groups of query heads."""

    def __init__(self, config: Config):
        super().__init__()
        self.heads, self.groups, self.width = config.num_attention_heads, config.num_key_value_heads, config.head_dim
        self.q_proj = nn.Linear(config.hidden_size, self.heads * self.width, bias=False)
        self.k_proj = nn.Linear(config.hidden_size, self.groups * self.width, bias=False)
        self.v_proj = nn.Linear(config.hidden_size, self.groups * self.width, bias=False)
        self.o_proj = nn.Linear(self.heads * self.width, config.hidden_size, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        batch, length, _ = x.shape
        split = lambda y, heads: y.view(batch, length, heads, self.width).transpose(1, 2)
        q = rotate(split(self.q_proj(x), self.heads), cos, sin)
        k = rotate(split(self.k_proj(x), self.groups), cos, sin)
        v = split(self.v_proj(x), self.groups)
        repeat = self.heads // self.groups
        y = F.scaled_dot_product_attention(
            q, k.repeat_interleave(repeat, 1), v.repeat_interleave(repeat, 1), is_causal=True
        )
        return self.o_proj(y.transpose(1, 2).reshape(batch, length, -1))


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary embedding in Hugging Face's half-split layout."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)


class FeedForward(nn.Module):
    """The gated feed-forward layer."""

    def __init__(self, config: Config):
        super().__init__()
        self.gate_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.up_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.down_proj = nn.Linear(config.intermediate_size, config.hidden_size, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Block(nn.Module):
    """One decoder layer."""

    def __init__(self, config: Config):
        super().__init__()
        self.input_layernorm = Norm(config)
        self.self_attn = Attention(config)
        self.post_attention_layernorm = Norm(config)
        self.mlp = FeedForward(config)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), cos, sin)
        return x + self.mlp(self.post_attention_layernorm(x))


class Decoder(nn.Module):
    """Embedding, blocks and final norm: what Hugging Face calls `model`."""

    def __init__(self, config: Config):
        super().__init__()
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(Block(config) for _ in range(config.num_hidden_layers))
        self.norm = Norm(config)


class Llama(nn.Module):
    """The whole model; the embedding also serves as the output matrix."""

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.model = Decoder(config)
        half = config.head_dim // 2
        frequency = config.rope_theta ** (-torch.arange(half) / half)
        angle = torch.arange(config.max_position_embeddings)[:, None] * frequency
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)
        depth_scale = (2 * config.num_hidden_layers) ** -0.5
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                nn.init.normal_(
                    parameter,
                    std=0.02 * 2 * (depth_scale if name.endswith(("o_proj.weight", "down_proj.weight")) else 1),
                )

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits `[batch, length, vocabulary]` of tokens `[batch, length]`."""
        x = self.model.embed_tokens(tokens)
        cos, sin = self.cos[: tokens.shape[1]], self.sin[: tokens.shape[1]]
        for block in self.model.layers:
            x = block(x, cos, sin)
        return F.linear(self.model.norm(x), self.model.embed_tokens.weight)

    @staticmethod
    def load(folder: Path) -> Llama:
        """The model of a Hugging Face folder, in float32."""
        model = Llama(Config.read(folder))
        model.load_state_dict(
            {name: tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()}
        )
        return model.eval()

    def export(self, folder: Path, end_of_text: int) -> None:
        """Writes config.json, generation_config.json and FP16 weights."""
        folder.mkdir(parents=True, exist_ok=True)
        weights = {name: tensor.detach().half().contiguous() for name, tensor in self.state_dict().items()}
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
        (folder / "model.safetensors").chmod(0o644)  # the writer leaves it readable by its owner alone
        write_json(folder / "config.json", self.config.hugging_face(end_of_text))
        write_json(
            folder / "generation_config.json",
            {"bos_token_id": end_of_text, "eos_token_id": end_of_text, "do_sample": False},
        )


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n")
