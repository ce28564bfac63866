// Forms to begin with.

export interface Example {
  id: string;
  source: string;
}

const spelled = (schema: unknown): string => JSON.stringify(schema, null, 2);

const words = { type: "string", minLength: 1, maxLength: 60 };

const strict = (properties: Record<string, unknown>): unknown => ({
  type: "object", properties, required: Object.keys(properties), additionalProperties: false,
});

export const EXAMPLES: Readonly<Record<"json" | "regex", readonly Example[]>> = {
  json: [
    { id: "person", source: spelled(strict({ name: words, born: { type: "integer", minimum: 0, maximum: 2100 }, works: { type: "array", items: words, maxItems: 3 } })) },
    { id: "list", source: spelled({ type: "array", items: words, minItems: 3, maxItems: 5 }) },
    { id: "mood", source: spelled(strict({ mood: { enum: ["good", "bad", "mixed"] }, because: { type: "string", maxLength: 120 } })) },
    { id: "event", source: spelled(strict({ title: words, day: { type: "string", pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }, people: { type: "array", items: words, maxItems: 4 } })) },
  ],
  regex: [
    { id: "yes", source: "(yes|no)" },
    { id: "date", source: "[0-9]{4}-(0[1-9]|1[0-2])-[0-3][0-9]" },
    { id: "three", source: "1\\. .{3,40}\\n2\\. .{3,40}\\n3\\. .{3,40}" },
  ],
};
