import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server does to one request; files it does not name are served as they should be. */
export type Fault = (request: IncomingMessage, response: ServerResponse, content: Buffer) => void;

/** A hub on this machine: the same paths, range requests, and whatever fault a test injects. */
export class LocalHub {
  readonly requests: { readonly path: string; readonly range: string | undefined }[] = [];
  readonly #server: Server;
  readonly #files: ReadonlyMap<string, Buffer>;
  /** Faults for the next requests, in order; then all goes well. */
  readonly faults: Fault[] = [];

  constructor(files: ReadonlyMap<string, Buffer>) {
    this.#files = files;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    this.requests.push({ path, range: request.headers.range });
    const content = this.#files.get(path.replace(/^\/elsewhere/, ''));
    if (content === undefined) {
      response.writeHead(404).end('not here');
      return;
    }
    const fault = this.faults.shift();
    if (fault === undefined) serve(request, response, content);
    else fault(request, response, content);
  }
}

/** As a hub should: whole, or from where it is asked to. */
export function serve(request: IncomingMessage, response: ServerResponse, content: Buffer): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (from >= content.length) {
    response.writeHead(416).end();
    return;
  }
  const headers = { 'content-length': content.length - from };
  if (from > 0)
    response.writeHead(206, {
      ...headers,
      'content-range': `bytes ${from}-${content.length - 1}/${content.length}`,
    });
  else response.writeHead(200, headers);
  response.end(content.subarray(from));
}

/** Sends so much and drops the connection. */
export function dropAfter(bytes: number): Fault {
  return (request, response, content) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (from > 0)
      response.writeHead(206, {
        'content-range': `bytes ${from}-${content.length - 1}/${content.length}`,
        'content-length': content.length - from,
      });
    else response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(from, from + bytes), () => setTimeout(() => response.destroy(), 20));
  };
}
