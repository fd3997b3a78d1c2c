import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { marked } from 'marked';
import { iconText, markdownText, notificationText, plainText } from '../src/platform/shown-text.js';
import { HOSTILE_NAMES } from './names/hostile-names.js';

/** As VS Code finds links in notifications, progress and prompts (linkedText.ts). */
const LINK = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;
/** As VS Code finds icons in labels (iconLabels.ts). */
const ICON = /\$\([A-Za-z0-9-]+(?:~[A-Za-z]+)?\)/;

describe('text from elsewhere', () => {
  for (const name of HOSTILE_NAMES) {
    it(`${JSON.stringify(name)} stays text in every kind of place`, () => {
      for (const shown of [plainText(name), notificationText(name), iconText(name), markdownText(name)])
        assert.doesNotMatch(shown, /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      assert.doesNotMatch(notificationText(`${name} ${name}`), LINK);
      assert.doesNotMatch(iconText(name), ICON);
      for (const context of [
        (text: string) => text,
        (text: string) => `**${text}**\n\n${text}`,
        (text: string) => `- ${text}`,
        (text: string) => `| a |\n| --- |\n| ${text} |`,
      ]) {
        const html = marked.parse(context(markdownText(name)), { async: false, gfm: true });
        const tags = new Set([...html.matchAll(/<\/?([a-z0-9]+)/g)].map(([, tag]) => tag));
        for (const allowed of ['p', 'strong', 'ul', 'li', 'table', 'thead', 'tbody', 'tr', 'th', 'td'])
          tags.delete(allowed);
        assert.deepEqual([...tags], [], html);
      }
    });
  }

  it('keeps what a name looks like', () => {
    const html = marked.parseInline(markdownText('Take #1 – 50 % [final] $(x) <b>.wav'), { async: false });
    assert.equal(html, 'Take #1 – 50 % [final] $(x) &lt;b&gt;.wav');
    assert.equal(plainText('früh – 朝.wav'), 'früh – 朝.wav');
    assert.equal(notificationText('[a](command:x)').replaceAll('\u2060', ''), '[a](command:x)');
    assert.equal(iconText('$(error)').replaceAll('\u2060', ''), '$(error)');
  });
});

describe('what shows text', () => {
  const SRC = join(__dirname, '..', 'src');
  /** What may use VS Code's own functions: each escapes all that it is given, or is tested by name in the host. */
  const ALLOWED: Readonly<Record<string, RegExp>> = {
    'platform/notifications.ts': /show(Information|Warning|Error)Message|setStatusBarMessage|withProgress\(/g,
    'platform/quick-picks.ts': /window\.showQuickPick/g,
  };
  const RAW =
    /\.show(Information|Warning|Error)Message|\.setStatusBarMessage|window\.withProgress|window\.showQuickPick|progress\.report|appendMarkdown\('\$\(|supportThemeIcons|supportHtml|MarkdownString\([^)]*, true/g;

  it('goes through the modules that escape it', () => {
    for (const name of readdirSync(SRC, { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts')) continue;
      const text = readFileSync(join(SRC, name), 'utf8');
      const key = name.replaceAll('\\', '/');
      if (ALLOWED[key] !== undefined) continue;
      assert.deepEqual(text.match(RAW) ?? [], [], key);
      if (/createQuickPick/.test(text)) assert.match(text, /\.map\(shownItem\)/, key);
      if (/new vscode\.TreeItem|new vscode\.FileDecoration/.test(text))
        assert.match(text, /plainText\(/, key);
      if (/new vscode\.MarkdownString/.test(text)) assert.match(text, /markdownText/, key);
      assert.doesNotMatch(text, /\.(innerHTML|outerHTML)\s*=|insertAdjacentHTML|document\.write\b/, key);
    }
  });
});
