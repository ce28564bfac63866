// The licences of everything in the bundle, in a text beside it: minifying takes their comments away.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const PACKAGE = /^(.*\/node_modules\/((?:@[^/]+\/)?[^/]+))\//;

interface Described {
  name: string;
  version: string;
  license?: string;
}

function told(folder: string): string {
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Described;
  const file = readdirSync(folder)
    .sort()
    .find((name) => /^(licen[cs]e|copying)/i.test(name));
  const text = file === undefined ? "" : readFileSync(join(folder, file), "utf8").replace(/\r\n/g, "\n").trim();
  return `${about.name} ${about.version} (${about.license ?? "no licence named"})\n\n${text}\n`;
}

export function thirdParty(): Plugin {
  return {
    name: "third-party",
    apply: "build",
    generateBundle(_, bundle) {
      const folders = new Set<string>();
      for (const piece of Object.values(bundle)) {
        if (piece.type !== "chunk") continue;
        for (const id of Object.keys(piece.modules)) {
          const folder = PACKAGE.exec(id)?.[1];
          if (folder !== undefined && existsSync(join(folder, "package.json"))) folders.add(folder);
        }
      }
      const names = [...folders].sort((a, b) => (a < b ? -1 : 1));
      const source = `The studio holds parts of these packages.\n\n${names.map(told).join(`\n${"-".repeat(80)}\n\n`)}`;
      this.emitFile({ type: "asset", fileName: "assets/third-party.txt", source });
    },
  };
}
