"""Tasks: what each is asked for, under the names that `anew task` and `anew code` have for it, and how it is run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar, get_type_hints

from pydantic import BaseModel, Field

from anew.errors import RecipeError
from anew.server.errors import Problem
from anew.server.wire.own import ModelName, Own, Seed, Short, Text
from anew.tasks import answer, draft, extract, ideas, rewrite, summarise, translate
from anew.tasks.code import coder, docstring, explain, fix, functions
from anew.tasks.code import tests as testing
from anew.tasks.model import Talking

R = TypeVar("R")
Lines = Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=2, max_length=2)]
Drafts = Annotated[int, Field(ge=1, le=64)]
Heat = Annotated[float, Field(ge=0, le=100)]
Module = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$", max_length=200)]


class TaskAsked(Own):
    """`stream`: its answers as they grow, then the result."""

    model: ModelName
    seed: Seed = 0
    stream: bool = False


class SummariseTask(TaskAsked):
    text: Text
    words: int = 60

    def run(self, chat: Talking) -> summarise.Summary:
        return summarise.summarise(chat, self.text, words=self.words, seed=self.seed)


class AnswerTask(TaskAsked):
    question: Short
    documents: Annotated[list[Text], Field(min_length=1, max_length=64)]

    def run(self, chat: Talking) -> answer.Answer:
        return answer.answer(chat, self.question, self.documents, seed=self.seed)


class ExtractTask(TaskAsked):
    """`fields`: 'name, born:integer, works:list'; or a JSON `schema`."""

    text: Text
    fields_: Annotated[Short | None, Field(alias="fields")] = None
    schema_: Annotated[dict[str, Any] | None, Field(alias="schema")] = None

    def run(self, chat: Talking) -> extract.Extraction:
        if (self.fields_ is None) == (self.schema_ is None):
            raise Problem(400, "fields or schema, one of them", param="fields", code="missing_required_parameter")
        wanted = extract.schema_of(self.fields_) if self.fields_ is not None else self.schema_
        return extract.extract(chat, self.text, wanted or {}, seed=self.seed)


class RewriteTask(TaskAsked):
    text: Text
    how: Short = "simpler"
    drafts: int = 4
    rounds: int = 1

    def run(self, chat: Talking) -> rewrite.Rewrite:
        options: dict[str, Any] = {"drafts": self.drafts, "rounds": self.rounds, "seed": self.seed}
        return rewrite.rewrite(chat, self.text, self.how, **options)


class TranslateTask(TaskAsked):
    text: Text
    to: Short

    def run(self, chat: Talking) -> translate.Translation:
        return translate.translate(chat, self.text, self.to, seed=self.seed)


class BrainstormTask(TaskAsked):
    topic: Short
    angle: Annotated[list[Short], Field(max_length=12)] = []
    count: int = 3

    def run(self, chat: Talking) -> ideas.Ideas:
        angles = self.angle or ideas.ANGLES
        return ideas.brainstorm(chat, self.topic, angles=angles, count=self.count, seed=self.seed)


class OutlineTask(TaskAsked):
    topic: Short
    sections: int = 4
    points: int = 3

    def run(self, chat: Talking) -> ideas.Outline:
        return ideas.outline(chat, self.topic, sections=self.sections, points=self.points, seed=self.seed)


class SectionAsked(Own):
    heading: Short
    points: Annotated[list[Short], Field(max_length=12)] = []


class OutlineAsked(Own):
    title: Short
    sections: Annotated[list[SectionAsked], Field(min_length=1, max_length=12)]

    def plan(self) -> ideas.Outline:
        sections = tuple(ideas.Section(one.heading, tuple(one.points)) for one in self.sections)
        return ideas.Outline(self.title, sections)


class DraftTask(TaskAsked):
    """On a `topic`, for which an outline is made first, or along an `outline`."""

    topic: Short | None = None
    outline: OutlineAsked | None = None
    words: int = 300

    def run(self, chat: Talking) -> draft.Draft:
        if (self.topic is None) == (self.outline is None):
            raise Problem(400, "topic or outline, one of them", param="topic", code="missing_required_parameter")
        plan = self.topic if self.outline is None else self.outline.plan()
        return draft.draft(chat, plan or "", words=self.words, seed=self.seed)


class ExplainTask(TaskAsked):
    """All of the code, a `function` of it, or the `lines` from … to …, counted from 1."""

    code: Text
    function: Short | None = None
    lines: Lines | None = None

    def run(self, chat: Talking) -> explain.Explanation:
        return explain.explain(coder.talking(chat), self.excerpt(), seed=self.seed)

    def excerpt(self) -> str:
        if self.function is not None and self.lines is not None:
            raise Problem(400, "lines: or a function, not both", param="lines", code="unsupported_parameter")
        if self.function is not None:
            return functions.named(self.code, self.function).text
        if self.lines is None:
            return self.code
        rows, (first, last) = functions.lines_of(self.code), self.lines
        if not first <= last <= len(rows):
            raise RecipeError(f"the code has {len(rows)} lines: there are no lines {first} to {last}")
        return "".join(rows[first - 1 : last])


class DocstringTask(TaskAsked):
    """For the `function`, or for all that lack one."""

    code: Text
    function: Short | None = None

    def run(self, chat: Talking) -> docstring.Documented:
        which = None if self.function is None else [functions.named(self.code, self.function)]
        return docstring.document(coder.coder(chat), self.code, which, seed=self.seed)


class CodeTask(TaskAsked):
    """`n` drafts; `module`: what the tests import the code by."""

    code: Text
    n: Drafts = 8
    temperature: Heat = 0.8
    module: Module = "program"

    @property
    def drawing(self) -> dict[str, Any]:
        return {"n": self.n, "seed": self.seed, "temperature": self.temperature}


class TestsTask(CodeTask):
    function: Short

    def run(self, chat: Talking) -> testing.Tested:
        return testing.write_tests(coder.coder(chat), self.code, self.function, self.module, **self.drawing)


class FixTask(CodeTask):
    """`function`: the one to mend, where the tests do not tell."""

    tests: Text
    function: Short | None = None

    def run(self, chat: Talking) -> fix.Fixed:
        return fix.fix(coder.coder(chat), self.code, self.tests, self.module, self.function, **self.drawing)


class Done(BaseModel, Generic[R]):
    """`text`: what the command line prints; `result`: all that is known of it."""

    task: str
    model: str
    seed: int
    text: str
    result: R


@dataclass(frozen=True)
class Task:
    """`text`: of a result, what a person reads."""

    name: str
    about: str
    shape: type[Any]
    text: Callable[[Any], str]

    @property
    def result(self) -> Any:
        """The type of what `run` gives."""
        return get_type_hints(self.shape.run)["return"]


def whole(made: Any) -> str:
    return str(made.text)


def listed(made: ideas.Ideas) -> str:
    """As Markdown, each angle with its ideas."""
    parts = []
    for seen in dict.fromkeys(idea.angle for idea in made.ideas):
        parts.append("\n".join([seen, *(f"- {idea.text}" for idea in made.ideas if idea.angle == seen)]))
    return "\n\n".join(parts)


TASKS = {
    task.name: task
    for task in (
        Task("summarise", "Summarise a text of any length.", SummariseTask, whole),
        Task("answer", "Answer a question from documents, if they do.", AnswerTask, lambda made: made.text or ""),
        Task("extract", "Write what a text says as JSON of the fields or of the schema.", ExtractTask,
             lambda made: json.dumps(made.value, ensure_ascii=False, indent=1)),
        Task("rewrite", "Put a text into other words.", RewriteTask, whole),
        Task("translate", "Translate a text.", TranslateTask, whole),
        Task("brainstorm", "Have ideas about a topic from several angles.", BrainstormTask, listed),
        Task("outline", "Plan a text: a title, sections and their points.", OutlineTask, lambda made: made.text()),
        Task("draft", "Outline a text and write it out, section by section.", DraftTask, whole),
        Task("explain", "Say what a piece of code does.", ExplainTask, whole),
        Task("docstring", "Write docstrings for functions that have none.", DocstringTask, lambda made: made.source),
        Task("tests", "Write tests for a function that notice faults in it.", TestsTask, lambda made: made.source),
        Task("fix", "Mend a function that makes tests fail.", FixTask, lambda made: made.source or ""),
    )
}  # fmt: skip
