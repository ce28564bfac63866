"""Stage 5: card, evidence, and the model store."""

from anew.deploy.stage import deploy

__all__ = ["deploy"]
