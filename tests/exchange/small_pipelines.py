"""Pipelines of diffusers in the shapes that people have, with random weights and a few numbers of width each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import diffusers
import numpy as np
import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from anew.testing.suite import seeded

WORDS = "a cat dog red green blue house on of the moon".split()
CLIP = {
    "vocab_size": 600, "hidden_size": 16, "intermediate_size": 24, "projection_dim": 12, "num_hidden_layers": 3,
    "num_attention_heads": 2, "max_position_embeddings": 77, "bos_token_id": 598, "eos_token_id": 599,
    "pad_token_id": 1, "hidden_act": "quick_gelu",
}  # fmt: skip
BLOCKS = {"block_out_channels": (8, 16), "layers_per_block": 1, "norm_num_groups": 4}
DOWN, UP = ("DownBlock2D", "CrossAttnDownBlock2D"), ("CrossAttnUpBlock2D", "UpBlock2D")
UNET = BLOCKS | {"in_channels": 4, "out_channels": 4, "down_block_types": DOWN, "up_block_types": UP}
BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}


# ------------------------------------------------------------------------------------------------ parts


def clip_tokenizer(pad: str = "<|endoftext|>") -> Any:
    """Letters, letters that end a word, and the words above: a vocabulary as CLIP's, but small."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocab, merges = [*letters, *(one + "</w>" for one in letters)], []
    for word in WORDS:
        parts = [*word[:-1], word[-1] + "</w>"]
        while len(parts) > 1:
            merges += [] if (parts[0], parts[1]) in merges else [(parts[0], parts[1])]
            parts[:2] = [parts[0] + parts[1]]
            vocab += parts[:1]
    table = {token: n for n, token in enumerate(dict.fromkeys(vocab))}
    table |= {f"<unused{n}>": n for n in range(len(table), 598)}
    table |= {"<|startoftext|>": 598, "<|endoftext|>": 599}
    return transformers.CLIPTokenizer(vocab=table, merges=merges, pad_token=pad, model_max_length=77)


def t5_tokenizer() -> Any:
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    pieces += [(f"▁{word}", -3.0) for word in WORDS[1:]] + [(one, -5.0) for one in "abcdefghijklmnopqrstuvwxyz"]
    made = Tokenizer(models.Unigram(pieces, unk_id=2))
    made.normalizer, made.pre_tokenizer = normalizers.NFKC(), pre_tokenizers.Metaspace()
    made.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)]
    )
    told = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>", "model_max_length": 512}
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, **told)


def clip(kind: str = "CLIPTextModel", **own: Any) -> Any:
    return getattr(transformers, kind)(transformers.CLIPTextConfig(**CLIP | own))


def t5() -> Any:
    config = transformers.T5Config(
        vocab_size=64, d_model=32, d_kv=8, d_ff=24, num_layers=2, num_heads=2, feed_forward_proj="gated-gelu"
    )
    return transformers.T5EncoderModel(config)


def autoencoder(channels: int = 4, **own: Any) -> Any:
    plain = {"in_channels": 3, "out_channels": 3, "latent_channels": channels, "sample_size": 32}
    kinds = {"down_block_types": ("DownEncoderBlock2D",) * 2, "up_block_types": ("UpDecoderBlock2D",) * 2}
    return diffusers.AutoencoderKL(**BLOCKS | plain | kinds | own)


# ------------------------------------------------------------------------------------------------ pipelines


def sd(schedule: Any = None) -> Any:
    unet = diffusers.UNet2DConditionModel(**UNET, sample_size=8, cross_attention_dim=16, attention_head_dim=2)
    usual = diffusers.PNDMScheduler(**BETAS, skip_prk_steps=True, set_alpha_to_one=False, steps_offset=1)
    return diffusers.StableDiffusionPipeline(
        unet=unet, vae=autoencoder(), text_encoder=clip(), tokenizer=clip_tokenizer(), scheduler=schedule or usual,
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip


def sdxl(schedule: Any = None, zeros: bool = True) -> Any:
    told = {"addition_embed_type": "text_time", "addition_time_embed_dim": 4, "transformer_layers_per_block": (1, 1)}
    unet = diffusers.UNet2DConditionModel(
        **UNET, **told, sample_size=8, cross_attention_dim=32, attention_head_dim=(2, 4), use_linear_projection=True,
        projection_class_embeddings_input_dim=6 * 4 + 12,
    )  # fmt: skip
    return diffusers.StableDiffusionXLPipeline(
        unet=unet, vae=autoencoder(), text_encoder=clip(), text_encoder_2=clip("CLIPTextModelWithProjection"),
        tokenizer=clip_tokenizer(), tokenizer_2=clip_tokenizer("!"), force_zeros_for_empty_prompt=zeros,
        scheduler=schedule or diffusers.EulerDiscreteScheduler(**BETAS, timestep_spacing="leading", steps_offset=1),
        add_watermarker=False,
    )  # fmt: skip


def sd3(third: bool = True) -> Any:
    network = diffusers.SD3Transformer2DModel(
        sample_size=8, patch_size=2, in_channels=16, out_channels=16, num_layers=2, attention_head_dim=8,
        num_attention_heads=2, joint_attention_dim=32, caption_projection_dim=16, pooled_projection_dim=24,
        pos_embed_max_size=12,
    )  # fmt: skip
    kind = "CLIPTextModelWithProjection"
    return diffusers.StableDiffusion3Pipeline(
        transformer=network, vae=autoencoder(16, shift_factor=0.06, scaling_factor=1.5, use_quant_conv=False,
                                             use_post_quant_conv=False),
        text_encoder=clip(kind), text_encoder_2=clip(kind, hidden_act="gelu"), tokenizer=clip_tokenizer(),
        tokenizer_2=clip_tokenizer("!"), text_encoder_3=t5() if third else None,
        tokenizer_3=t5_tokenizer() if third else None,
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0),
    )  # fmt: skip


def flux(guided: bool = True) -> Any:
    network = diffusers.FluxTransformer2DModel(
        patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
        joint_attention_dim=32, pooled_projection_dim=16, guidance_embeds=guided, axes_dims_rope=(4, 4, 8),
    )  # fmt: skip
    return diffusers.FluxPipeline(
        transformer=network, vae=autoencoder(4, shift_factor=0.1159, scaling_factor=0.3611, use_quant_conv=False,
                                             use_post_quant_conv=False),
        text_encoder=clip(), text_encoder_2=t5(), tokenizer=clip_tokenizer(), tokenizer_2=t5_tokenizer(),
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=True),
    )  # fmt: skip


def pipeline(make: Callable[[], Any], seed: int = 0) -> Any:
    """With weights of their own scale, or nothing of what is asked would show in what is drawn."""
    with seeded(seed):
        made = make()
        for part in made.components.values():
            if isinstance(part, torch.nn.Module):
                for name, weight in part.named_parameters():
                    if weight.ndim > 1:
                        weight.data.normal_(0, weight[0].numel() ** -0.5)
                    elif "norm" not in name:
                        weight.data.normal_(0, 0.1)
                part.eval()
    made.set_progress_bar_config(disable=True)
    return made


def drawn(theirs: Any, seed: int = 1, side: int = 16, **asked: Any) -> np.ndarray:
    """What diffusers itself draws, as its own files hold it."""
    rng = torch.Generator().manual_seed(seed)
    made = theirs(generator=rng, height=side, width=side, output_type="np", **asked).images
    return (made[0] * 255).round().astype(np.uint8)
