// Writes src/api/schema.d.ts from the server's own description of what it answers. With a path: there instead.
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const own = join(root, ".venv", "bin", "python");
const python = process.env.PYTHON ?? (existsSync(own) ? own : "python3");
const document = execFileSync(python, [join(root, "docs", "openapi.py")], { encoding: "utf8", maxBuffer: 1 << 26 });
const head = "// Written by `npm run types` from the server's OpenAPI document; never by hand.\n\n";
const types = astToString(await openapiTS(JSON.parse(document), { alphabetize: true }));
writeFileSync(process.argv[2] ?? join(here, "src", "api", "schema.d.ts"), head + types);
