// OpenAI's client for Node: a stream, a tool call, an object of a schema, vectors and, with a model for them, pictures.
import { writeFile } from "node:fs/promises";
import OpenAI from "openai";

const client = new OpenAI(); // OPENAI_BASE_URL and OPENAI_API_KEY say where
const model = process.env.MODEL ?? "smollm2-135m-instruct";
const ask = (content) => [{ role: "user", content }];

const stream = await client.chat.completions.create({
  model, messages: ask("Name three rivers."), seed: 1, max_tokens: 40, stream: true,
});
for await (const chunk of stream) process.stdout.write(chunk.choices[0].delta.content ?? "");
console.log();

const parameters = { type: "object", properties: { city: { type: "string", maxLength: 20 } }, required: ["city"],
  additionalProperties: false };
const called = await client.chat.completions.create({
  model, messages: ask("How is the weather in Paris?"), seed: 1, tool_choice: "required",
  tools: [{ type: "function", function: { name: "weather", description: "of a city", parameters } }],
});
const call = called.choices[0].message.tool_calls[0];
console.log(call.function.name, JSON.parse(call.function.arguments));

const schema = { type: "object", properties: { name: { type: "string" }, kilometres: { type: "integer" } },
  required: ["name", "kilometres"], additionalProperties: false };
const held = await client.chat.completions.create({
  model, messages: ask("Describe the Nile."), seed: 1, max_tokens: 200,
  response_format: { type: "json_schema", json_schema: { name: "river", strict: true, schema } },
});
console.log(JSON.parse(held.choices[0].message.content));

const vectors = await client.embeddings.create({ model: process.env.EMBEDDER ?? model, input: ["a river", "a stream"] });
console.log(vectors.data.length, "vectors of", vectors.data[0].embedding.length);

if (process.env.PAINTER) {
  const drawing = await client.images.generate({
    model: process.env.PAINTER, prompt: "7", seed: 1, stream: true, partial_images: 2,
  }); // looks at it while it is made, then the picture
  for await (const event of drawing) {
    console.log(event.type);
    await writeFile("picture.png", Buffer.from(event.b64_json, "base64"));
  }
}
