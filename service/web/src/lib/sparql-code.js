// The code editor: CodeMirror in a shadow root, whose style sheets a strict policy allows.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, startCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { sparql } from "codemirror-lang-sparql";
import { completions, missingPrefixes } from "./sparql-completion.js";

const THEME = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--surface)", fontSize: ".9375rem", height: "100%" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--ink)", padding: ".6rem 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--sunken)", color: "var(--muted)", border: "0" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--accent-soft) 45%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--c2)" },
  ".cm-selectionMatch": { backgroundColor: "var(--accent-soft)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-soft)", outline: "1px solid var(--accent)" },
  ".cm-tooltip": { backgroundColor: "var(--surface)", color: "var(--ink)", border: "1px solid var(--line-strong)", borderRadius: "8px", overflow: "hidden" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "16rem" },
  ".cm-tooltip-autocomplete ul li": { padding: ".25rem .6rem", lineHeight: "1.4" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent-soft)", color: "var(--accent-strong)" },
  ".cm-completionDetail": { fontFamily: "var(--sans)", fontStyle: "normal", color: "var(--muted)", marginLeft: "1rem" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-diagnostic-error": { borderLeft: "4px solid var(--warn)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--warn) 2px" },
  ".cm-panels": { backgroundColor: "var(--sunken)", color: "var(--ink)" },
});
const COLOURS = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.definitionKeyword], color: "var(--accent)", fontWeight: "650" },
  { tag: [tags.variableName, tags.special(tags.variableName)], color: "var(--code-variable)" },
  { tag: [tags.string, tags.literal], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.integer], color: "var(--code-number)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--muted)", fontStyle: "italic" },
  { tag: [tags.namespace, tags.url, tags.link, tags.typeName, tags.propertyName], color: "var(--code-name)" },
]);

/** An editor in place of a text area, which keeps having the text; `run` is what Ctrl+Enter does. */
export function codeEditor(area, host, { settings, vocabulary, words, run }) {
  const root = host.attachShadow({ mode: "open" });
  const terms = { current: null };
  const load = () => { terms.current ??= vocabulary(); return terms.current; };
  const view = new EditorView({
    parent: root, root,
    state: EditorState.create({
      doc: area.value,
      extensions: [
        lineNumbers(), highlightActiveLineGutter(), highlightActiveLine(), history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(),
        highlightSelectionMatches(), sparql(), syntaxHighlighting(COLOURS), THEME, lintGutter(), EditorView.lineWrapping,
        autocompletion({ override: [completions(settings.prefixes, load, words)], icons: false, activateOnTypingDelay: 120 }),
        // Tab is not bound: it leaves the editor, as everywhere on a page.
        keymap.of([
          { key: "Ctrl-Space", run: startCompletion },
          ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...completionKeymap,
        ]),
        EditorView.domEventHandlers({ beforeinput: typedOver }),
        EditorView.contentAttributes.of({ tabindex: "0", "aria-label": words.editor, "aria-describedby": "sparql-keys" }),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          area.value = update.state.doc.toString();
          if (update.transactions.some((t) => t.isUserEvent("input.type") || t.isUserEvent("input.paste"))) addPrefixes(update.view, settings.prefixes);
        }),
      ],
    }),
  });
  view.dom.addEventListener("focusin", load, { once: true });
  // Not among the key bindings: on Android the editor waits to see what Enter does to the text.
  view.dom.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    run();
  }, true);
  area.hidden = true;
  area.previousElementSibling.addEventListener("click", () => view.focus());
  return {
    focus: () => view.focus(),
    get text() { return view.state.doc.toString(); },
    set text(text) { view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }); },
    /** Mark where it is wrong, or nothing. */
    mark(problem) {
      const found = [];
      if (problem?.line) {
        const line = view.state.doc.line(Math.min(problem.line, view.state.doc.lines));
        const from = Math.min(line.from + Math.max((problem.column ?? 1) - 1, 0), line.to);
        const word = view.state.wordAt(from);
        found.push({ from: Math.min(from, Math.max(line.to - 1, line.from)), to: Math.max(word?.to ?? from + 1, from), severity: "error", message: problem.detail });
      }
      view.dispatch(setDiagnostics(view.state, found.map((d) => ({ ...d, to: Math.min(d.to, view.state.doc.length) }))));
    },
    go(line, column) {
      const at = view.state.doc.line(Math.min(line, view.state.doc.lines));
      view.dispatch({ selection: { anchor: Math.min(at.from + column - 1, at.to) }, scrollIntoView: true });
      view.focus();
    },
  };
}

/** Typing over a selection: left to itself, the browser would write inline styles, which the policy refuses. */
function typedOver(event, view) {
  const { from, to, empty } = view.state.selection.main;
  if (empty || !event.data || event.inputType !== "insertText" || view.composing) return false;
  const insert = () => view.state.update(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
  if (!view.state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, event.data, insert))) view.dispatch(insert());
  event.preventDefault();
  return true;
}

/** Declare prefixes that are used and known, before the first line of the query itself. */
function addPrefixes(view, known) {
  const text = view.state.doc.toString();
  const missing = missingPrefixes(text, known);
  if (!missing.length) return;
  const start = text.search(/^(?!\s*(#|$))/m);
  const insert = missing.map((name) => `PREFIX ${name}: <${known[name]}>\n`).join("");
  // After the listener, since an editor must not be changed while it changes.
  queueMicrotask(() => view.dispatch({ changes: { from: Math.max(start, 0), insert } }));
}
