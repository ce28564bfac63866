"""What a model can do for code: explain it, write docstrings and tests, mend what fails its tests.

In: a `Coder` (`coder` makes one of a chat model, or of a model that fills in) and a file's source. Out: frozen values
that say what was drawn, what was checked and what is left. Nothing that a model wrote is run outside the sandbox, and
`judging` says what a draft is worth, whoever wrote it.
"""
