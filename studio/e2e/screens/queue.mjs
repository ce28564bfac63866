// Long work that is begun elsewhere, seen and ended here: a request, a training, a batch; then the log.

/** As a program beside the studio asks for it. */
async function begin(page) {
  return page.evaluate(async () => {
    const file = async (name, purpose, rows) => {
      const form = new FormData();
      form.set("purpose", purpose);
      form.set("file", new Blob([rows.map((row) => JSON.stringify(row)).join("\n")]), name);
      return (await (await fetch("/v1/files", { method: "POST", body: form })).json()).id;
    };
    const post = async (path, body) =>
      (await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })).json();
    window.said = post("/v1/anew/music/compose", { model: "chorales", n: 16, seed: 1 });
    const rows = Array.from({ length: 60 }, (_, i) => ({ text: `def add_${i}(a, b):\n    return a + b + ${i}\n`.repeat(4) }));
    const training = await file("sums.jsonl", "fine-tune", rows);
    const job = await post("/v1/fine_tuning/jobs", { model: "stdlib", training_file: training, suffix: "walk", hyperparameters: { n_epochs: 1000 } });
    const asked = Array.from({ length: 300 }, (_, i) => ({
      custom_id: `r${i}`, method: "POST", url: "/v1/completions",
      body: { model: "stdlib", prompt: "def add(a, b):\n", seed: i, max_tokens: 200 },
    }));
    const lines = await file("asked.jsonl", "batch", asked);
    const batch = await post("/v1/batches", { input_file_id: lines, endpoint: "/v1/completions", completion_window: "1h" });
    return [job.id ?? JSON.stringify(job), batch.id ?? JSON.stringify(batch)];
  });
}

export default async function queue(walk) {
  const { page } = walk;
  await walk.open("#/queue");
  await page.getByRole("heading", { name: "Queue & activity", level: 1 }).waitFor();
  await page.getByText("Nothing waits and nothing runs.").waitFor();
  await walk.look("queue-empty");

  const [job, batch] = await begin(page);
  walk.check(/^ftjob-/.test(job) && /^batch_/.test(batch), `queue: ${job} ${batch}`);
  await page.getByRole("heading", { name: "Composing" }).waitFor();
  await page.getByRole("button", { name: "Cancel: Composing" }).click();
  const said = await page.evaluate(() => window.said);
  walk.check(said.error?.code === "cancelled", `queue: whoever asked heard ${JSON.stringify(said).slice(0, 200)}`);
  walk.faults.splice(0, Infinity, ...walk.faults.filter((one) => !/console: .* 499 /.test(one))); // which was asked for
  await page.getByRole("heading", { name: "Composing" }).waitFor({ state: "detached" });

  await page.getByRole("heading", { name: "Batch: Going on with a text" }).waitFor();
  await page.getByText(/step [\d,]+ of/).waitFor({ timeout: 120_000 });
  await page.getByText("What it said").click();
  await page.getByText(/Created fine-tuning job/).waitFor();
  await walk.look("queue");
  await page.getByRole("button", { name: "Cancel: batch" }).click();
  await page.getByRole("heading", { name: "Batch: Going on with a text" }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("button", { name: "Pause" }).waitFor();
  await page.getByRole("button", { name: "Cancel: Training stdlib" }).click();
  await walk.look("queue-cancel");
  await page.getByRole("button", { name: "Cancel the training" }).click();
  await page.getByText("Nothing waits and nothing runs.").waitFor();

  await page.getByRole("tab", { name: "Lately" }).click();
  await page.getByText("Cancelled").first().waitFor();
  await walk.look("queue-lately");
  await page.getByRole("tab", { name: "Log" }).click();
  await page.getByText("Training cancelled").first().waitFor();
  await page.getByRole("button", { name: "Check the log" }).click();
  await page.getByText(/rows are as they were written/).waitFor();
  await walk.look("queue-log");
  await page.reload();
  await page.getByText("Training cancelled").first().waitFor();
}
