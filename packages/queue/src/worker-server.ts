import { createServer, type Server } from 'node:http';
import { EcapaError } from '@ecapa/core';
import { prometheusText, type WorkerCounts } from './worker-counts.js';

export interface Observed {
  counts(): Promise<WorkerCounts>;
  /** Undefined while all is well; else what is not. */
  problem(): string | undefined;
}

/**
 * Answers `GET /health` (200 or 503) and `GET /metrics` (Prometheus). Port 0 takes any free one.
 *
 * @throws EcapaError WRITE_FAILED for a port that cannot be had
 */
export async function serveObserved(observed: Observed, port: number, host = '127.0.0.1'): Promise<Server> {
  const server = createServer((request, response) => {
    const reply = (status: number, type: string, text: string): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') reply(405, 'text/plain', 'GET only\n');
    else if (request.url === '/health') {
      const problem = observed.problem();
      const body = problem === undefined ? { status: 'ok' } : { status: 'failing', problem };
      reply(problem === undefined ? 200 : 503, 'application/json', `${JSON.stringify(body)}\n`);
    } else if (request.url === '/metrics') {
      observed.counts().then(
        (counts) => reply(200, 'text/plain; version=0.0.4; charset=utf-8', prometheusText(counts)),
        () => reply(500, 'text/plain', 'no counts\n'),
      );
    } else reply(404, 'text/plain', '/health or /metrics\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: Error) => {
      const message = `${host}:${port}: cannot listen there (${cause.message}). Choose another port with --listen.`;
      reject(new EcapaError('WRITE_FAILED', message, { cause }));
    });
    server.listen(port, host, resolve);
  });
  server.unref();
  return server;
}
