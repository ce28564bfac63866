import { render } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { Markdown, piecesOf } from "./Markdown";
import { parseInline, parseMarkdown, safeAddress } from "./markdown";

const drawn = (source: string): HTMLElement => render(<Markdown source={source} />).container;

describe("what Markdown means", () => {
  it("has headings, lists, code, quotes and tables", () => {
    const kinds = parseMarkdown("# A\n\nb\nc\n\n- d\n- e\n  - f\n\n1. g\n\n```py\nh # i\n```\n\n> j\n\n| k | l |\n| - | - |\n| m | n |\n\n---").map((one) => one.kind);
    expect(kinds).toEqual(["heading", "paragraph", "list", "list", "code", "quote", "table", "rule"]);
  });

  it("nests", () => {
    expect(drawn("- a\n  - b\n    1. c").querySelectorAll("ul ul ol li")).toHaveLength(1);
    expect(drawn("**a _b `c`_**").querySelector("strong em code")?.textContent).toBe("c");
  });

  it("takes a fence that has not ended as code", () => {
    expect(drawn("```py\nprint(1)").querySelector("pre")?.textContent).toBe("print(1)");
  });

  it("leaves snake_case and 2 * 3 * 4 as they are", () => {
    expect(parseInline("a_b_c and 2 * 3 * 4")).toEqual([{ kind: "text", text: "a_b_c and 2 * 3 * 4" }]);
  });
});

const HOSTILE = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg onload=alert(1)>",
  "[a](javascript:alert(1))",
  "[a](JaVaScRiPt:alert(1))",
  "[a](data:text/html;base64,PHNjcmlwdD4=)",
  "[a](vbscript:x)",
  "[a](//evil.example)",
  "[a](https:evil)",
  "[a](\u0001javascript:alert(1))",
  '[a](https://x.example "onmouseover=alert(1)")',
  "![a](https://x.example/pixel.png)",
  "<javascript:alert(1)>",
  "&lt;script&gt;",
  "```<script>\nalert(1)\n```",
  "| <script>a</script> |\n| - |\n| <img onerror=b> |",
  "[![a](x)](javascript:b)",
  "<iframe srcdoc='<script>alert(1)</script>'>",
];

describe("hostile Markdown", () => {
  it.each(HOSTILE)("stays letters: %s", (source) => {
    const made = drawn(source);
    expect(made.querySelectorAll("script, img, svg, iframe, style, form, input, object")).toHaveLength(0);
    for (const element of made.querySelectorAll("*")) {
      for (const { name } of [...element.attributes]) expect(name).not.toMatch(/^on|style|srcdoc/);
    }
    for (const link of made.querySelectorAll("a")) {
      expect(link.href).toMatch(/^https?:\/\//);
      expect(link.rel).toContain("noopener");
    }
  });

  it("leads to the web alone", () => {
    expect(safeAddress("https://a.example/b")).toBe("https://a.example/b");
    for (const one of ["javascript:1", "file:///etc", "//a", "/a", "mailto:a@b", "blob:https://a", "ht\ntp://a"]) expect(safeAddress(one)).toBeNull();
  });

  it.each([
    ["stars", "*".repeat(50_000)],
    ["brackets", "[".repeat(50_000)],
    ["ticks", "`".repeat(50_000)],
    ["quotes", ">".repeat(20_000)],
    ["emphasis", "**a ".repeat(10_000)],
    ["lists", Array.from({ length: 2000 }, (_, i) => `${" ".repeat(Math.min(i, 500))}- a`).join("\n")],
    ["underscores", "_a".repeat(20_000)],
  ])("takes no second: %s", (_, source) => {
    const begun = performance.now();
    parseMarkdown(source);
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});

it("draws a long text in pieces that say the same", () => {
  const source = Array.from({ length: 100 }, (_, i) => `Paragraph ${i}.\n\n- a\n- b\n\n\`\`\`\nx\n\ny\n\`\`\`\n`).join("\n");
  const pieces = piecesOf(source);
  expect(pieces.length).toBeGreaterThan(50);
  expect(pieces.join("\n")).toBe(source);
  expect(pieces.flatMap((one) => parseMarkdown(one))).toEqual(parseMarkdown(source));
});
