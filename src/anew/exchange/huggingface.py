"""A model's folder as `transformers` saves it, read and written: config.json, safetensors, tokenizer.json, a template.

In: a folder that may be hostile. Out: a `Foreign`. And the other way round. No code in it is run, no pickle read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from anew.errors import DataError, Refused
from anew.exchange.foreign import Foreign
from anew.exchange.tensors import Tensors, write_tensors

MOST_JSON = 128 << 20  # bytes; the largest tokenizers take a third of it
MOST_PLAIN = 4 << 20
PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}\.safetensors")
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
LICENCE = re.compile(r"licen[cs]e:[ \t]*['\"]?([^'\"]+?)['\"]?[ \t]*")
BEGIN_BY_SETTING = re.compile("Llama|Gemma|CodeLlama")  # tokenizers that transformers lets begin as a setting says


def read_folder(folder: Path) -> Foreign:
    """The model in a folder. DataError: a file is missing or not whole. Refused: a pickle, an adapter."""
    config = read_json(folder / "config.json")
    told = read_json(folder / "tokenizer_config.json") if (folder / "tokenizer_config.json").is_file() else {}
    generation = read_json(folder / "generation_config.json") if (folder / "generation_config.json").is_file() else {}
    tokenizer = read_json(folder / "tokenizer.json") if (folder / "tokenizer.json").is_file() else None
    if tokenizer is not None and BEGIN_BY_SETTING.search(str(told.get("tokenizer_class", ""))):
        tokenizer = begun(tokenizer, told)
    tensors = Tensors(weight_files(folder))
    return Foreign(config, tensors, tokenizer, template_of(folder, told), generation, licence_of(folder))


def weight_files(folder: Path, stem: str = "model") -> list[Path]:
    """The safetensors files called so: the one, or those that the index names."""
    if (folder / f"{stem}.safetensors").is_file():
        return [folder / f"{stem}.safetensors"]
    index = folder / f"{stem}.safetensors.index.json"
    if index.is_file():
        where = read_json(index).get("weight_map")
        files = sorted({str(v) for v in where.values()}) if isinstance(where, dict) else []
        odd = [name for name in files if not PLAIN_NAME.fullmatch(name)]
        if odd or not files:
            raise Refused(f"{index}: {odd[:1] or 'nothing'} is not a plain file name of safetensors")
        return [folder / name for name in files]
    pickles = sorted(path.name for kind in PICKLES for path in folder.glob(kind))
    if pickles:
        what = f"{folder / pickles[0]}: a pickle, which runs code when it is loaded; only safetensors are read"
        raise Refused(what, next_command=f"the same model's {stem}.safetensors, which most have beside it")
    raise DataError(f"{folder}: holds no {stem}.safetensors", next_command="anew models import FOLDER")


def read_json(path: Path, most: int = MOST_JSON) -> dict[str, Any]:
    values = parsed(path, most)
    if not isinstance(values, dict):
        raise DataError(f"{path}: not a JSON object")
    return values


def parsed(path: Path, most: int = MOST_JSON) -> Any:
    """What a JSON file of a bounded size holds."""
    try:
        if path.stat().st_size > most:
            raise Refused(f"{path}: {path.stat().st_size:,} bytes are more than such a file has")
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}", next_command="anew models import FOLDER") from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: not JSON: {str(error)[:200]}") from None


def template_of(folder: Path, told: Mapping[str, Any]) -> str | None:
    """The chat template: a file of its own, or in the tokenizer's configuration, alone or as the default of several."""
    path = folder / "chat_template.jinja"
    if path.is_file() and path.stat().st_size <= MOST_PLAIN:
        return path.read_text("utf-8", "replace")
    found = told.get("chat_template")
    if (folder / "chat_template.json").is_file() and not found:
        found = read_json(folder / "chat_template.json", MOST_PLAIN).get("chat_template")
    if isinstance(found, list):
        named = {str(one.get("name")): one.get("template") for one in found if isinstance(one, dict)}
        found = named.get("default") or next(iter(named.values()), None)
    return found if isinstance(found, str) else None


def licence_of(folder: Path) -> str | None:
    """As the model card's head states it, or the first line of the licence that lies beside it."""
    for name in ("README.md", "LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE"):
        path = folder / name
        if not path.is_file():
            continue
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read(1 << 16)
        if name == "README.md":
            found = [said for line in head_of(text) if (said := LICENCE.fullmatch(line))]
            line = found[0][1] if found else ""
        else:
            line = next((line.strip(" #\t") for line in text.splitlines() if line.strip(" #\t")), "")
        if line:
            return line[:100]
    return None


def head_of(card: str) -> list[str]:
    """The lines of a model card's head, which stands between two lines of dashes."""
    first, *lines = card.splitlines() or [""]
    ends = [n for n, line in enumerate(lines) if line.startswith("---")]
    return [line[:200] for line in lines[: ends[0]]] if first.rstrip() == "---" and ends else []


def begun(tokenizer: dict[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """The tokenizer with its begin-of-sequence symbol put before every sequence, or not, as the configuration says."""
    wanted, symbol = told.get("add_bos_token"), told.get("bos_token")
    symbol = symbol.get("content") if isinstance(symbol, dict) else symbol
    ids = {t.get("content"): t.get("id") for t in tokenizer.get("added_tokens") or [] if isinstance(t, dict)}
    has = isinstance(symbol, str) and symbol in json.dumps(tokenizer.get("post_processor"), ensure_ascii=False)
    if not isinstance(wanted, bool) or symbol not in ids or wanted == has:
        return tokenizer
    return tokenizer | {"post_processor": opens_with(symbol, ids[symbol]) if wanted else None}


def opens_with(symbol: str, number: int) -> dict[str, Any]:
    """The post-processor of the library tokenizers that puts a symbol before a sequence."""
    first = {"SpecialToken": {"id": symbol, "type_id": 0}}
    parts = [{"Sequence": {"id": name, "type_id": kind}} for kind, name in enumerate("AB")]
    return {
        "type": "TemplateProcessing", "single": [first, parts[0]], "pair": [first, parts[0], parts[1]],
        "special_tokens": {symbol: {"id": symbol, "ids": [number], "tokens": [symbol]}},
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------ out


def write_folder(foreign: Foreign, folder: Path) -> None:
    """The model as files that `transformers` and others open. The folder is there and empty."""
    put_json(folder / "config.json", foreign.config)
    write_tensors(folder / "model.safetensors", foreign.tensors.items(), foreign.tensors)
    if foreign.generation:
        put_json(folder / "generation_config.json", foreign.generation)
    if foreign.tokenizer is not None:
        put_json(folder / "tokenizer.json", foreign.tokenizer)
        put_json(folder / "tokenizer_config.json", tokenizer_config(foreign))
    if foreign.template is not None:
        (folder / "chat_template.jinja").write_text(foreign.template, "utf-8")
    if foreign.licence is not None:
        (folder / "README.md").write_text(f"---\nlicense: {foreign.licence}\n---\n", "utf-8")


def tokenizer_config(foreign: Foreign) -> dict[str, Any]:
    """What `transformers` wants beside tokenizer.json: its class, and the symbols that begin and end."""
    assert foreign.tokenizer is not None
    names = {t["id"]: t["content"] for t in foreign.tokenizer.get("added_tokens") or []}
    made: dict[str, Any] = {"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False}
    for key in ("bos", "eos"):
        number = foreign.generation.get(f"{key}_token_id", foreign.config.get(f"{key}_token_id"))
        number = number[0] if isinstance(number, list) and number else number
        made |= {f"{key}_token": names[number]} if number in names else {}
    return made | {"model_max_length": foreign.config.get("max_position_embeddings", foreign.config.get("n_positions"))}


def put_json(path: Path, values: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", "utf-8")
