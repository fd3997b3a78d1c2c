import { loadEmbeddedManifest } from '@ecapa/core';
import type { NodeAPI } from 'node-red';
import { messageAudio } from './message-audio.js';
import { asError } from './node-job.js';
import { useSession } from './sessions.js';

/** What the editor asks: what there is to choose from, and a try on a sample. Node-RED's permissions guard both. */
export function registerAdmin(RED: NodeAPI): void {
  RED.httpAdmin.get('/ecapa/catalogue', RED.auth.needsPermission('ecapa.read'), (_request, response) => {
    loadEmbeddedManifest().then(
      ({ manifest }) =>
        response.json({
          models: manifest.models
            .filter((model) => model.directory !== undefined)
            .map(({ id, description }) => ({ id, description })),
          heads: manifest.heads.map(({ id, modelId, description }) => ({ id, modelId, description })),
        }),
      (error: unknown) => response.status(500).json({ message: asError(error).message }),
    );
  });

  RED.httpAdmin.get('/ecapa/labels', RED.auth.needsPermission('ecapa.read'), (request, response) => {
    const answer = async (): Promise<readonly string[]> => {
      const use = useSession(RED, queryText(request.query.model));
      try {
        return (await use.session.head()).labels;
      } finally {
        await use.close(false);
      }
    };
    answer().then(
      (labels) => response.json({ labels }),
      (error: unknown) => response.status(409).json({ message: asError(error).message }),
    );
  });

  RED.httpAdmin.post('/ecapa/try', RED.auth.needsPermission('ecapa.write'), (request, response) => {
    const answer = async () => {
      const use = useSession(RED, queryText(request.query.model));
      try {
        const [engine, head] = await Promise.all([use.session.engine(), use.session.head()]);
        const results = ['speech', 'music', 'noise'].map(async (sample) => {
          const { input, name } = messageAudio(`sample:${sample}`, {
            format: 'auto',
            sampleRateHz: undefined,
            channels: 1,
            filename: undefined,
          });
          const { label, probability } = await engine.classify(input, { head, name });
          return { sample, label, probability };
        });
        return await Promise.all(results);
      } finally {
        await use.close(false);
      }
    };
    answer().then(
      (results) => response.json({ results }),
      (error: unknown) => response.status(409).json({ message: asError(error).message }),
    );
  });
}

function queryText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
