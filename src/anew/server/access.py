"""What they may do who were let in: each router names the scope that its requests need.

In: a request behind the door. Out: whose it is.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer, SecurityScopes

from anew.server.errors import Problem
from anew.server.who import LOCAL, SCOPES, Who

bearer = HTTPBearer(auto_error=False)


async def permitted(request: Request, needed: SecurityScopes, _: Annotated[Any, Depends(bearer)]) -> Who:
    """Problem where a scope is missing."""
    who: Who = request.state.who
    for scope in needed.scopes:
        if scope not in who.scopes:
            raise Problem(403, f"this key lacks the scope {scope!r}; it has: {', '.join(sorted(who.scopes))}")
    return who


def needs(scope: str) -> Any:
    """A router's dependency: `APIRouter(dependencies=[needs("generate")])`."""
    assert scope in SCOPES
    return Security(permitted, scopes=[scope])


Asker = Annotated[Who, Depends(permitted)]
"""An endpoint's argument of this type is whose request it is."""

__all__ = ["LOCAL", "SCOPES", "Asker", "Who", "needs", "permitted"]
