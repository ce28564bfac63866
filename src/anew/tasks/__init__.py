"""Language tasks: small typed functions over any chat model, the same for the command line, Python and a server.

In: a `Chat` and what the task is about. Out: a frozen value that says what was made, what was checked, and by which
prompt, model and seed. `chat` says what a task needs of a model; `model` gives it for an artifact.
"""
