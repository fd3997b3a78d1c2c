#!/bin/sh
# media/sample/radio-hour.opus, which the walkthrough opens: the project's own sample clips, one after the other.
# Needs ffmpeg. Where the samples come from: test/fixtures/make-fixtures.sh.
set -eu
cd "$(dirname "$0")/../../../test/fixtures/samples"
ffmpeg -v error -y \
    -i speech-radio-talk.flac -i music-band.mp3 -i speech-announcement.mp3 -i noise-rain.opus -i music-trio.m4a \
    -filter_complex "[0:a]asplit[a][f];[a][1:a][2:a][3:a][4:a][f]concat=n=6:v=0:a=1,aresample=48000,pan=mono|c0=c0" \
    -map_metadata -1 -metadata title="ECAPA sample" -c:a libopus -b:a 24k \
    ../../../packages/vscode-ecapa/media/sample/radio-hour.opus
