/** Marked as HTML: put in as it is. Everything else is escaped. */
export interface Html {
  readonly html: string;
}

const escape = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

export const raw = (html: string): Html => ({ html });

type Part = string | number | Html | readonly Html[];

const render = (part: Part): string =>
  typeof part === 'string' || typeof part === 'number'
    ? escape(String(part))
    : 'html' in part
      ? part.html
      : part.map((one) => one.html).join('');

/** HTML from a template, on one line; strings that are put in are escaped. */
export const markup = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  raw(
    strings
      .map((string) => string.replace(/\s*\n\s*/g, ' '))
      .reduce((text, string, n) => text + render(parts[n - 1]) + string)
      .trim(),
  );

/** The colours of the window (dark), and a calm page. */
const style = `
:root{color-scheme:dark;--bg:#0c0e11;--panel:#13161b;--raised:#1b2027;--line:#2a313b;--text:#e6e9ee;--second:#9aa4b2;
--accent:#4cc2ff;--proposal:#ffb454;--truth:#57d38c;--scratch:#c58fff}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
font-variant-numeric:tabular-nums}
main{max-width:1080px;margin:0 auto;padding:48px 32px 96px}
h1{font-size:30px;font-weight:600;letter-spacing:-.01em;margin:0 0 8px}
h2{font-size:20px;font-weight:600;margin:56px 0 16px;padding-top:24px;border-top:1px solid var(--line)}
h3{font-size:12px;font-weight:600;letter-spacing:.08em;text-transform:uppercase;color:var(--second);margin:32px 0 12px}
p{max-width:72ch;margin:0 0 12px}.second{color:var(--second)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:16px;margin:32px 0}
.tile{background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:16px 20px}
.tile b{display:block;font-size:24px;font-weight:600}.tile span{color:var(--second);font-size:13px}
table{border-collapse:collapse;width:100%;background:var(--panel);border:1px solid var(--line);border-radius:6px;overflow:hidden}
th,td{padding:8px 16px;text-align:right;border-top:1px solid var(--line)}
tr:first-child th{border-top:0;color:var(--second);font-weight:500;font-size:13px}
th:first-child,td:first-child{text-align:left}tr.total td{background:var(--raised);font-weight:600}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(240px,1fr));gap:16px}
.grid.two{grid-template-columns:repeat(2,1fr)}
.grid.three{grid-template-columns:repeat(3,1fr);max-width:560px}
figure{margin:0}figure .frame{position:relative;background:#000;border-radius:6px;overflow:hidden;line-height:0}
figure img{width:100%;display:block;image-rendering:auto}
figure svg.over{position:absolute;inset:0;width:100%;height:100%}
figcaption{font-size:13px;color:var(--second);padding-top:8px}
.key{display:flex;gap:24px;flex-wrap:wrap;font-size:13px;color:var(--second);margin:0 0 16px}
.key i{display:inline-block;width:24px;height:0;border-top:2px solid;vertical-align:middle;margin-right:8px}
.chart{background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:16px}
.chart text{fill:var(--second);font-size:11px;font-family:inherit}
code{background:var(--raised);border-radius:4px;padding:1px 6px;font-size:13px}
ul{padding-left:20px}li{margin:4px 0}`;

/** A whole page without scripts; nothing is fetched. */
export const page = (title: string, body: Html): string =>
  markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        />
        <title>${title}</title>
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html> `.html;
