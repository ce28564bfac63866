"""A recipe's mistakes are named with their place and the nearest name; overrides, dials and parts' settings hold."""

from __future__ import annotations

import copy
import datetime
import math
from pathlib import Path
from typing import Any, Literal, get_args

import pytest
from pydantic import BaseModel

from anew import registry
from anew.errors import RecipeError
from anew.recipe import (
    BENDS,
    START,
    Part,
    Recipe,
    Section,
    Size,
    keywords,
    override,
    parse,
    parse_value,
    read,
    settings_of,
)  # fmt: skip
from anew.recipes import FOLDER, find, ready
from anew.recipes.resolve import unmoved

PLUGIN = Path(__file__).parent.parent / "examples" / "plugin" / "gru.toml"
SMALL: dict[str, Any] = {
    "name": "small",
    "modality": "text",
    "codec": {"name": "characters", "learned": {"name": "autoencoder"}},
    "model": {"name": "transformer"},
    "judge": {"name": "classifier"},
    "train": {"steps": 10},
    "machine": {"processor": "x", "threads": 1, "torch": "2", "anew": "0"},
}


def tables(kind: type[BaseModel], path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], type[BaseModel]]]:
    """Every table that a recipe may hold, at every depth."""
    found = [(path, kind)]
    for name, field in kind.model_fields.items():
        for one in (field.annotation, *get_args(field.annotation)):
            if isinstance(one, type) and issubclass(one, BaseModel):
                found += tables(one, (*path, name))
    return found


STRICT = [(path, kind) for path, kind in tables(Recipe) if not issubclass(kind, Part)]


def put(values: dict[str, Any], path: tuple[str, ...], key: str, value: Any) -> dict[str, Any]:
    made = copy.deepcopy(values)
    table = made
    for name in path:
        table = table.setdefault(name, {})
    table[key] = value
    return made


# ------------------------------------------------------------------------------------------------ unknown keys


def test_the_recipe_has_the_tables_that_these_tests_look_at() -> None:
    assert {".".join(path) for path, _ in STRICT} == {
        "", "data", "clean", "train", "adapt", "sample", "validation", "deploy", "machine", "codec.learned.train",
        "judge.train",
    }  # fmt: skip


@pytest.mark.parametrize(("path", "kind"), STRICT, ids=[".".join(path) or "top" for path, _ in STRICT])
def test_an_unknown_key_is_refused_with_the_nearest_name(path: tuple[str, ...], kind: type[Section]) -> None:
    for known in kind.model_fields:
        slip = known + "x" if len(known) > 2 else known + known[-1]
        with pytest.raises(RecipeError) as refused:
            parse(put(SMALL, path, slip, 1))
        place = ".".join([*path, slip])
        assert f"unknown key '{place}'" in str(refused.value), str(refused.value)
        near = str(refused.value).split("did you mean '")[1].split("'")[0]
        assert near in kind.model_fields


def test_every_mistake_is_named_at_once() -> None:
    values = put(put(SMALL, ("train",), "bacth", 3), ("data",), "limit", 0)
    with pytest.raises(RecipeError) as refused:
        parse(values, "mine.toml")
    said = str(refused.value)
    assert said.startswith("mine.toml: ") and "'train.bacth' (did you mean 'batch'?)" in said and "'data.limit'" in said
    assert refused.value.next_command == "anew recipe schema"


def test_a_key_of_a_part_is_refused_when_its_settings_are_written_out() -> None:
    kind = registry.find("models", "transformer")
    with pytest.raises(RecipeError, match=r"model: unknown key 'widht' \(did you mean 'width'\?\)"):
        settings_of(kind, {"widht": 3}, "s", "model")


@pytest.mark.parametrize("missing", ["name", "modality", "codec", "model"])
def test_what_is_missing_is_named(missing: str) -> None:
    with pytest.raises(RecipeError, match=f"'{missing}' is missing"):
        parse({k: v for k, v in SMALL.items() if k != missing})


BAD_VALUES = [
    ("name", "Upper Case"),
    ("name", "../escape"),
    ("modality", "smell"),
    ("size", "xxl"),
    ("seed", -1),
    ("seed", 2**63),
    ("codec", "characters"),
    ("train", 3),
    ("train.lr", 0),
    ("train.lr", math.inf),
    ("train.lr", math.nan),
    ("train.minutes", math.inf),
    ("train.minutes", -1),
    ("train.steps", 0),
    ("train.steps", 1.5),
    ("train.batch", "many"),
    ("train.ema", 1),
    ("train.betas", [0.9]),
    ("clean.similarity", 0),
    ("clean.test", 1.0),
    ("data.source", ["a"]),
    ("about", datetime.date(2024, 1, 1)),
]


@pytest.mark.parametrize(("key", "value"), BAD_VALUES)
def test_a_bad_value_is_refused_by_its_place(key: str, value: Any) -> None:
    *path, last = key.split(".")
    with pytest.raises(RecipeError) as refused:
        parse(put(SMALL, tuple(path), last, value))
    assert f"'{key}" in str(refused.value)


# ------------------------------------------------------------------------------------------------ overrides, dials


def test_an_override_is_laid_over_a_copy() -> None:
    before = copy.deepcopy(SMALL)
    made = override(
        SMALL, {"train.lr": "3e-3", "data.source": "notes", "model.width": "64", "codec.learned.train.steps": "5"}
    )
    assert SMALL == before
    assert made["train"] == {"steps": 10, "lr": 3e-3} and made["data"] == {"source": "notes"}
    assert made["model"] == {"name": "transformer", "width": 64}
    assert made["codec"]["learned"] == {"name": "autoencoder", "train": {"steps": 5}}


def test_another_model_comes_without_the_settings_of_the_first() -> None:
    first = override(SMALL, {"model.width": 64, "codec.learned.share": 0.3, "codec.learned.kl": 0.2})
    made = override(first, {"model.layers": 3, "model.name": "'rnn'", "codec.learned.name": "fsq"})
    assert made["model"] == {"name": "rnn", "layers": 3}
    assert made["codec"]["learned"] == {"name": "fsq", "share": 0.3}
    assert override(first, {"model.name": "transformer"})["model"] == first["model"]


def test_a_bend_that_is_asked_for_holds_with_any_number_of_samples() -> None:
    few = find("digits")["codec"]["learned"]["enough"]
    for key, value in (("copies", 4), *((bend, 0.25) for bend in BENDS)):
        learned = override(find("digits"), {f"codec.learned.{key}": value})["codec"]["learned"]
        assert learned[key] == value and "enough" not in learned
        both = override(find("digits"), {f"codec.learned.{key}": value, "codec.learned.enough": 9})
        assert both["codec"]["learned"]["enough"] == 9
    assert override(find("digits"), {"codec.learned.latent": 8})["codec"]["learned"]["enough"] == few
    assert "codec" not in override({"name": "a"}, {"name": "b"})
    for name in ("autoencoder", "fsq", "vq"):
        assert keywords(registry.find("models", name)).keys() >= set(BENDS)


def test_an_override_may_lie_over_values_that_json_has_not() -> None:
    assert override({"about": datetime.date(2024, 1, 1)}, {"name": "b"})["about"] == datetime.date(2024, 1, 1)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("3", 3), ("3.5", 3.5), ("true", True), ("[1, 2]", [1, 2]), ("'3'", "3"), ("notes", "notes"), ("a b", "a b"),
        ("", ""), ("~/pics", "~/pics"), ("1e-3", 1e-3), ("2024", 2024), ('"', '"'), ("a = 1", "a = 1"),
    ],
)  # fmt: skip
def test_what_a_person_types_is_read_as_toml_or_left_as_it_is(typed: str, value: Any) -> None:
    assert parse_value(typed) == value and type(parse_value(typed)) is type(value)


def test_an_override_of_a_value_as_if_it_were_a_table_is_refused() -> None:
    with pytest.raises(RecipeError, match="name is a value, not a table"):
        override(SMALL, {"name.first": "x"})


def test_the_dial_that_was_just_turned_holds() -> None:
    minutes, steps = {"train": {"minutes": 5}}, {"train": {"steps": 7}}
    assert override(minutes, {"train.steps": "3"})["train"] == {"steps": 3}
    assert override(steps, {"train.minutes": 2})["train"] == {"minutes": 2}
    assert override(steps, {"train.lr": 1})["train"] == {"steps": 7, "lr": 1}
    with pytest.raises(RecipeError, match="exclude each other"):
        parse(override(SMALL, {"train.steps": 1, "train.minutes": 1}))


@pytest.mark.parametrize("path", [("train",), ("codec", "learned", "train"), ("judge", "train")])
def test_steps_and_minutes_exclude_each_other(path: tuple[str, ...]) -> None:
    values = put(put(SMALL, path, "steps", 3), path, "minutes", 1)
    with pytest.raises(RecipeError, match=r"train\.minutes and .*train\.steps exclude each other"):
        parse(values)


# ------------------------------------------------------------------------------------------------ files


@pytest.mark.parametrize("path", [*ready().values(), PLUGIN], ids=lambda path: path.stem)
def test_a_ready_recipe_is_valid_short_and_says_what_it_is(path: Path) -> None:
    lines = path.read_text("utf-8").strip().split("\n")
    recipe = parse(read(path), path.name)
    assert len(lines) < 25
    assert recipe.name == path.stem and len(recipe.about) > 10
    assert lines[0].startswith("# "), "a recipe opens with what it does, how long it takes and what comes out"
    assert recipe.train.minutes or recipe.train.steps
    if path.parent == FOLDER:
        parts = [("models", recipe.model), ("codecs", recipe.codec)]
        parts += [("models", part) for part in (recipe.judge, recipe.codec.learned) if part is not None]
        parts = [(kind, part) for kind, part in parts if part.name != START]
        if recipe.adapt is not None:
            kind, given = registry.find("objectives", recipe.adapt.objective.name), recipe.adapt.objective.settings
            assert given.keys() <= settings_of(kind, given, recipe.size, "adapt.objective").keys()
        for kind, part in parts:
            assert settings_of(registry.find(kind, part.name), part.settings, recipe.size, part.name)


def test_a_ready_recipe_is_found_by_name_and_a_file_by_path() -> None:
    assert ready() and all(find(name)["name"] == name for name in ready())
    assert find(str(PLUGIN))["name"] == "gru"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"name = ", "end of document"),
        (b"x = 1\nname = = 2", "line 2"),
        (b"a = 1\na = 2\n", "line 2"),
        (b"\xff\xfe", "not TOML"),
        (b"a = " + b"[" * 20000, "nested too deeply"),
    ],
)
def test_what_is_not_toml_is_refused_with_its_line(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    with pytest.raises(RecipeError, match=said):
        read(path)


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xef\xbb\xbfname = 'a'")
    assert read(tmp_path / "a.toml") == {"name": "a"}


def test_a_folder_is_no_recipe(tmp_path: Path) -> None:
    with pytest.raises(RecipeError):
        read(tmp_path)


# ------------------------------------------------------------------------------------------------ settings of parts


class Example:
    sizes = {"xs": {"width": 4}, "l": {"width": 64, "deep": True}}

    def __init__(
        self,
        spec: object,
        *,
        width: int = 16,
        rate: float = 0.5,
        deep: bool = False,
        sort: Literal["a", "b"] = "a",
        limit: int | None = None,
    ) -> None: ...


class Wider(Example):
    """Hands on what it does not know; a default of its own stands before the one above."""

    def __init__(self, spec: object, *, extra: int = 1, rate: float = 0.1, **shared: Any) -> None: ...


class Closed(Wider):
    def __init__(self, spec: object, *, alone: int = 2) -> None: ...


class Demanding:
    def __init__(self, *, needed: int) -> None: ...


def test_settings_are_what_is_given_then_the_dial_then_the_default() -> None:
    default = {"width": 16, "rate": 0.5, "deep": False, "sort": "a"}
    assert settings_of(Example, {}, "s", "model") == default
    assert settings_of(Example, {}, "l", "model") == default | {"width": 64, "deep": True}
    assert settings_of(Example, {"width": 5}, "l", "model") == default | {"width": 5, "deep": True}
    assert settings_of(Example, {"limit": 3}, "s", "model") == default | {"limit": 3}


def test_a_setting_may_be_given_by_size() -> None:
    given = {"width": {"s": 7, "l": 9}}
    widths = {size: settings_of(Example, given, size, "model")["width"] for size in get_args(Size)}
    assert widths == {"xs": 4, "s": 7, "m": 16, "l": 9}  # what is left out is the dial's, or the default
    with pytest.raises(RecipeError, match=r"model\.width"):
        settings_of(Example, {"width": {"s": 7, "xxl": 9}}, "s", "model")


@pytest.mark.parametrize("name", sorted(ready()))
def test_the_size_dial_moves_every_part_of_a_ready_recipe(name: str) -> None:
    recipes = [parse(override(find(name), {"size": size})) for size in get_args(Size)]
    assert [unmoved(recipe) for recipe in recipes] == [[]] * 4
    for part in ("model", "codec", "judge"):
        made = [getattr(recipe, part) if part != "codec" else recipe.codec.learned for recipe in recipes]
        if made[0] is None or made[0].name == START:
            continue
        kind = registry.find("models", made[0].name)
        by_key = [settings_of(kind, one.settings, r.size, part) for one, r in zip(made, recipes, strict=True)]
        for key in kind.sizes["s"]:
            values = [one[key] for one in by_key]
            assert values == sorted(values) and values[0] < values[-1], f"{part}.{key} is {values}"


def test_settings_that_are_handed_on_are_the_parts_own() -> None:
    assert list(keywords(Wider)) == ["extra", "rate", "width", "deep", "sort", "limit"]
    assert list(keywords(Closed)) == ["alone"]
    assert settings_of(Wider, {"extra": 3}, "l", "model") == {
        "extra": 3, "rate": 0.1, "width": 64, "deep": True, "sort": "a",
    }  # fmt: skip
    with pytest.raises(RecipeError, match="did you mean 'width'"):
        settings_of(Wider, {"widht": 3}, "s", "model")


def test_written_out_settings_are_the_same_at_any_size() -> None:
    """A resolved recipe keeps its bits when the dial's meaning changes."""
    resolved = settings_of(Example, {}, "xs", "model")
    assert settings_of(Example, resolved, "l", "model") == resolved


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"width": "wide"}, r"model\.width: .*not 'wide'"),
        ({"width": 1.5}, r"model\.width"),
        ({"sort": "c"}, r"model\.sort: .*'a' or 'b'"),
        ({"rate": None}, r"model\.rate"),
        ({"spec": 1}, "unknown key 'spec'"),
    ],
)
def test_a_setting_of_the_wrong_kind_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        settings_of(Example, given, "s", "model")


def test_a_setting_without_a_default_is_asked_for() -> None:
    with pytest.raises(RecipeError, match="codec: 'needed' is missing"):
        settings_of(Demanding, {}, "s", "codec")


@pytest.mark.parametrize(("kind", "name"), [(k, n) for k in ("models", "codecs") for n in sorted(registry.KINDS[k])])
def test_every_registered_part_can_be_written_out_at_every_size(kind: str, name: str) -> None:
    required = {"context": 32} if name == "vocabulary" else {}  # that of the model it comes with
    for size in ("xs", "s", "m", "l"):
        settings = settings_of(registry.find(kind, name), required, size, name)  # type: ignore[arg-type]
        assert settings_of(registry.find(kind, name), settings, size, name) == settings  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["My Notes", "../up", "a/b", "", "a\n", "x" * 101])
def test_a_name_that_the_store_could_not_take_is_refused_before_the_work(name):
    for values in ({"name": name}, {"deploy": {"name": name}}):
        with pytest.raises(RecipeError, match="name"):
            parse(find("text") | values)
