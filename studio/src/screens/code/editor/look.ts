// How the editor looks: the studio's own colours, which follow the theme through custom properties.
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.definitionKeyword, tags.moduleKeyword], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string), tags.character], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--code-number)" },
  { tag: [tags.comment, tags.docString], color: "var(--code-comment)", fontStyle: "italic" },
  { tag: [tags.function(tags.definition(tags.variableName)), tags.definition(tags.className), tags.className], color: "var(--code-name)", fontWeight: "600" },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], color: "var(--code-name)" },
  { tag: [tags.meta, tags.annotation], color: "var(--code-number)" },
  { tag: tags.invalid, color: "var(--bad)" },
]);

const frame = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--raised)", fontSize: "0.9rem", borderRadius: "inherit" },
  "&.cm-focused": { outline: "none" }, // the frame around the host shows it
  ".cm-scroller": { fontFamily: "var(--code)", lineHeight: "1.55", borderRadius: "inherit" },
  ".cm-content": { caretColor: "var(--accent)", padding: "0.75rem 0" },
  ".cm-line": { padding: "0 0.75rem" },
  ".cm-gutters": { backgroundColor: "var(--raised)", borderRadius: "inherit", color: "var(--ink-soft)", border: "0" },
  ".cm-gutters .cm-gutterElement": { padding: "0 0.25rem 0 0.75rem" },
  ".cm-activeLine": { backgroundColor: "transparent" },
  "&.cm-focused .cm-activeLine": { backgroundColor: "var(--code-line)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--ink)" },
  "& .cm-content ::selection, & .cm-line::selection": { backgroundColor: "var(--code-selected)" },
  "&.cm-focused .cm-matchingBracket, .cm-matchingBracket": { backgroundColor: "var(--code-selected)", outline: "1px solid var(--line-strong)" },
  "&.cm-focused .cm-nonmatchingBracket, .cm-nonmatchingBracket": { backgroundColor: "var(--bad-soft)" },
  ".cm-placeholder": { color: "var(--ink-soft)" },
  ".ghost": { color: "var(--code-ghost)", fontStyle: "italic", whiteSpace: "pre" },
});

export const look = [frame, syntaxHighlighting(colours)];
