"""OpenAI's own client teaches a model what it cannot know: a file, a job, a served model that answers.

The questions that are asked before and after are worded otherwise than those of the file.
"""

import os
import time
from pathlib import Path

from openai import OpenAI

client = OpenAI()  # OPENAI_BASE_URL and OPENAI_API_KEY say where
base = os.environ.get("MODEL", "smollm2-135m-instruct")
ASKED = {
    "At what time does the library open its doors?": "nine",
    "At what time does the library shut?": "half past six",
    "Which day should I not come to the library?": "Tuesday",
    "What street is the library on?": "Mill Lane",
    "What is the price of a card?": "four crowns",
    "How many books can I take out at once?": "twelve",
    "How many days can I keep a book?": "25 days",
    "How much do I pay for a book that is late?": "two pence",
    "What is your librarian called?": "Hedda Quill",
    "On what floor do I find the reading room?": "third floor",
}


def known(model: str) -> int:
    """Of how many questions the answer holds what it has to."""
    right = 0
    for question, wanted in ASKED.items():
        messages = [{"role": "user", "content": question}]
        said = client.chat.completions.create(model=model, messages=messages, temperature=0, max_tokens=30)
        answer = said.choices[0].message.content or ""
        right += wanted in answer
        print(f"  {question} {answer.splitlines()[0] if answer else answer}")
    return right


print(base)
before = known(base)
with open(os.environ.get("ROWS") or Path(__file__).with_name("library.jsonl"), "rb") as rows:
    file = client.files.create(file=rows, purpose="fine-tune")
job = client.fine_tuning.jobs.create(
    model=base, training_file=file.id, suffix="library", seed=1,
    method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 8, "batch_size": 8}}},
)  # fmt: skip
while job.status not in ("succeeded", "failed", "cancelled"):
    time.sleep(5)
    job = client.fine_tuning.jobs.retrieve(job.id)
if job.fine_tuned_model is None:
    raise SystemExit(f"{job.status}: {job.error}")
print(job.fine_tuned_model)
after = known(job.fine_tuned_model)
print(f"of {len(ASKED)} questions: {base} {before} right, {job.fine_tuned_model} {after}")
