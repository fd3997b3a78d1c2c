import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** The page that shows a timeline; all it may load are the extension's own script and style, and audio. */
export function pageHtml(webview: vscode.Webview, extension: vscode.Uri): string {
  const nonce = randomBytes(16).toString('base64');
  const script = webview.asWebviewUri(vscode.Uri.joinPath(extension, 'dist', 'webview', 'timeline.js'));
  const style = webview.asWebviewUri(vscode.Uri.joinPath(extension, 'media', 'timeline.css'));
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `media-src ${webview.cspSource}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${style}">
<title>ECAPA</title>
</head>
<body>
<main id="timeline"></main>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>
`;
}
