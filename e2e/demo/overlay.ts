/** The sentence beside the page: over the empty part of the sidebar, where it hides nothing that the tour is about. */
export function captionMarkup(text: string): string {
  const look = `left:12px;bottom:152px;width:216px;padding:14px 16px;background:#16233bf2;font:16px/1.45 system-ui,sans-serif;white-space:pre-line`;
  return `<div style="${frame};${look}">${escapeMarkup(text)}</div>`;
}

/** A call from outside with its answer, as a terminal shows them. */
export function terminalMarkup(command: string, output: string): string {
  const look = `right:24px;bottom:24px;width:min(860px,calc(100vw - 288px));padding:14px 18px;background:#101418f7;font:14px/1.5 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere`;
  return `<div style="${frame};${look}"><span style="color:#9ecbff">$ ${escapeMarkup(command)}</span>\n${escapeMarkup(output)}</div>`;
}

/** For texts that stand in markup of the demo's own. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const frame = "position:fixed;box-sizing:border-box;border-radius:10px;color:#f8f8f8;box-shadow:0 4px 24px #0006;z-index:2147483647";
