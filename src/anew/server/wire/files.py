"""/v1/files: what a file is asked to be, and how one is told of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ConfigDict, Field

from anew.server.database.work import File
from anew.server.errors import Problem
from anew.server.wire.fields import Wire

Purpose = Literal["fine-tune", "batch", "assistants", "vision", "user_data", "evals"]


class ExpiresAfter(Wire):
    """`seconds` after it was made."""

    model_config = ConfigDict(extra="forbid", strict=False)
    anchor: Literal["created_at"]
    seconds: int = Field(ge=3600, le=2_592_000)


class NewFile(Wire):
    purpose: Purpose
    expires_after: ExpiresAfter | None = None

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> NewFile:
        """The form's fields, `expires_after[seconds]` within `expires_after`."""
        nested: dict[str, Any] = {}
        for name, value in fields.items():
            table, bracket, key = name.removesuffix("]").partition("[")
            if not bracket:
                nested[name] = value
            elif isinstance(inner := nested.setdefault(table, {}), dict):
                inner[key] = value
            else:
                raise Problem(400, f"{table}: given twice", param=table, code="invalid_value")
        return cls.model_validate(nested)


def told(file: File) -> dict[str, Any]:
    return {
        "id": file.id, "object": "file", "bytes": file.bytes, "created_at": file.created_at,
        "expires_at": file.expires_at, "filename": file.filename, "purpose": file.purpose, "status": "processed",
        "status_details": None, "anew": {"sha256": file.sha256},
    }  # fmt: skip


FORM: dict[str, Any] = {  # of the OpenAPI document
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "purpose"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "purpose": NewFile.model_json_schema()["properties"]["purpose"],
                        "expires_after[anchor]": {"type": "string", "enum": ["created_at"]},
                        "expires_after[seconds]": {"type": "integer", "minimum": 3600, "maximum": 2_592_000},
                    },
                }
            }
        },
    }
}
