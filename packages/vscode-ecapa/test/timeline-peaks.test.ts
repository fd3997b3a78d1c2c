import assert from 'node:assert/strict';
import { binSeconds, PeakLevels, TILE_BINS } from '@ecapa/core/page';
import { PeakTiles } from '../src/webview/timeline/peak-tiles.js';

const samples = Float32Array.from({ length: 100_123 }, (_, i) => Math.sin(i * i * 1e-5) * ((i % 997) / 997));

describe('peak tiles', () => {
  const whole = new PeakLevels();
  whole.push(samples);
  whole.finish();
  const stored = whole.take();
  const seconds = samples.length / 16_000;

  function tilesOf(onAsk: (level: number, tile: number) => void = () => undefined) {
    const asked: string[] = [];
    const tiles = new PeakTiles((level, tile) => {
      asked.push(`${level}/${tile}`);
      onAsk(level, tile);
    });
    const answer = (level: number, tile: number, until = Number.POSITIVE_INFINITY): void =>
      tiles.receive(
        level,
        tile,
        stored[level]?.slice(2 * TILE_BINS * tile, Math.min(2 * TILE_BINS * (tile + 1), until)) ??
          new Int8Array(),
      );
    return { tiles, asked, answer };
  }

  it('asks once for what is in sight, and gives each column the extremes of its bins', () => {
    const { tiles, asked, answer } = tilesOf();
    tiles.setReady(seconds);
    assert.ok(tiles.columns(0, seconds, 100).every(Number.isNaN));
    tiles.columns(0, seconds, 100);
    assert.deepEqual(asked, ['1/0']);
    answer(1, 0);
    const columns = tiles.columns(0, seconds, 100);
    const bins = seconds / 100 / binSeconds(1);
    for (let x = 0; x < 99; x++) {
      const inside = stored[1]?.subarray(2 * Math.floor(x * bins), 2 * Math.ceil((x + 1) * bins)) ?? [];
      assert.ok(Math.abs((columns[2 * x] ?? 0) - Math.min(...inside) / 127) < 1e-6, `column ${x}`);
      assert.ok(Math.abs((columns[2 * x + 1] ?? 0) - Math.max(...inside) / 127) < 1e-6);
    }
    assert.deepEqual(asked, ['1/0']);
  });

  it('asks again for what was not whole yet once more has become ready', () => {
    const { tiles, asked, answer } = tilesOf();
    tiles.setReady(2);
    tiles.columns(0, seconds, 100);
    answer(1, 0, 100);
    tiles.columns(0, seconds, 100);
    assert.deepEqual(asked, ['1/0']);
    tiles.setReady(seconds);
    tiles.columns(0, seconds, 100);
    assert.deepEqual(asked, ['1/0', '1/0']);
    answer(1, 0, 50);
    assert.ok(!Number.isNaN(tiles.columns(0, seconds, 100)[60]), 'less than before is an older answer');
  });

  it('asks for few tiles and keeps few, however long the recording and the scrolling', () => {
    const { tiles, asked } = tilesOf();
    const hours = 10 * 3600;
    tiles.setReady(hours);
    for (let at = 0; at < hours; at += 5) tiles.columns(at, at + 5, 1200);
    const perTile = TILE_BINS * binSeconds(0);
    assert.ok(asked.length <= hours / perTile + 64, `${asked.length}`);
    const before = asked.length;
    tiles.columns(0, hours, 1200);
    assert.ok(asked.length - before <= Math.ceil(hours / (TILE_BINS * binSeconds(2))));
  });
});
