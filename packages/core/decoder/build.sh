#!/bin/sh
# Builds ecapa-decoder.wasm: FFmpeg's demuxers and audio decoders as one standalone WebAssembly module.
#
#   packages/core/decoder/build.sh WORK_DIR
#
# WORK_DIR is made if need be and kept; nothing else outside this folder is written. Needed: emscripten
# 3.1.6 (Debian 12: `apt-get install emscripten`) and FFmpeg's source, which is Debian 12's
# ffmpeg_5.1.9.orig.tar.xz. It is taken from WORK_DIR when it lies there, else fetched with
# `apt-get source` (which needs a deb-src entry). About 4 minutes on two cores.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=${1:?usage: build.sh WORK_DIR}
version=5.1.9
tarball=ffmpeg_$version.orig.tar.xz
sha256=d9b593bb2ba93d4b50f74177e0cdcd41747e708596367deed0c30348a71dd176

mkdir -p "$work"
cd "$work"

[ -f "$tarball" ] || apt-get source --download-only "ffmpeg=7:$version-0+deb12u1"
echo "$sha256  $tarball" | sha256sum --check --quiet
rm -rf source build
mkdir source build
tar xJf "$tarball" -C source --strip-components=1
cd build

# No protocol, no network, no file system, no thread, no assembler: the module reads through two
# functions that its host gives it, and reaches nothing else.
# No component of FFmpeg under the GPL, version 3 or a non-free licence is enabled: LGPL-2.1-or-later.
demuxers=wav,w64,aiff,au,caf,voc,mp3,ogg,flac,aac,loas,mov,matroska,asf,xwma,avi,flv,mpegts,mpegps
demuxers=$demuxers,amr,amrnb,amrwb,gsm,ac3,eac3,dts,wv,ape,tta,tak,mpc,mpc8,dsf,iff
decoders=aac,aac_latm,mp1float,mp2float,mp3float,vorbis,opus,speex,flac,alac,ac3,eac3,dca
decoders=$decoders,wmav1,wmav2,wmapro,wmavoice,wmalossless,wavpack,ape,tta,tak,mpc7,mpc8
decoders=$decoders,amrnb,amrwb,gsm,gsm_ms,dsd_lsbf,dsd_msbf,dsd_lsbf_planar,dsd_msbf_planar
decoders=$decoders,adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,adpcm_swf,adpcm_yamaha,adpcm_g722,adpcm_g726,adpcm_g726le
decoders=$decoders,adpcm_sbpro_2,adpcm_sbpro_3,adpcm_sbpro_4,eightsvx_exp,eightsvx_fib,mace3,mace6,nellymoser,pcm_\*
parsers=aac,aac_latm,ac3,amr,dca,flac,gsm,mpegaudio,opus,tak,vorbis

../source/configure \
  --cc=emcc --cxx=em++ --ar=emar --ranlib=emranlib --nm=emnm --dep-cc=emcc \
  --enable-cross-compile --target-os=none --arch=x86_32 \
  --disable-asm --disable-x86asm --disable-inline-asm --disable-stripping --disable-runtime-cpudetect \
  --disable-programs --disable-doc --disable-debug --disable-autodetect \
  --disable-pthreads --disable-w32threads --disable-os2threads --disable-network \
  --disable-everything --disable-avdevice --disable-avfilter --disable-swscale --disable-postproc \
  --enable-swresample \
  --enable-demuxer="$demuxers" --enable-decoder="$decoders" --enable-parser="$parsers" \
  --extra-cflags='-O3 -msimd128' --optflags=-O3
grep -q '#define FFMPEG_LICENSE "LGPL version 2.1 or later"' config.h

make -j"$(nproc)" >make.log 2>&1 || { tail -n 40 make.log; exit 1; }

# STANDALONE_WASM: no JavaScript comes with the module; src/audio/wasm-module.ts gives it its few imports.
# The stack lies first in memory, so overrunning it traps instead of spoiling data. Memory begins small, because the whole of
# it is written anew between short files (src/audio/decoder-instances.ts).
emcc -O3 -msimd128 -I../source -I. "$here/decoder.c" "$here/mono.c" "$here/mp3-window.c" "$here/mp3-dct32.c" "$here/mp3-imdct36.c" \
  libavformat/libavformat.a libavcodec/libavcodec.a libswresample/libswresample.a libavutil/libavutil.a \
  --no-entry -o ecapa-decoder.wasm \
  -sSTANDALONE_WASM=1 -sALLOW_MEMORY_GROWTH=1 -sINITIAL_MEMORY=6MB -sMAXIMUM_MEMORY=512MB \
  -sTOTAL_STACK=2MB -sERROR_ON_UNDEFINED_SYMBOLS=0 -sWARN_ON_UNDEFINED_SYMBOLS=0 -Wl,--stack-first \
  -Wl,--wrap=ff_mpadsp_apply_window_float -Wl,--wrap=ff_mpa_synth_filter_float -Wl,--wrap=ff_imdct36_blocks_float

install -m 644 ecapa-decoder.wasm "$here/ecapa-decoder.wasm"
cp ../source/COPYING.LGPLv2.1 "$here/LICENSE"
(cd "$here" && sha256sum ecapa-decoder.wasm >ecapa-decoder.wasm.sha256)
cat "$here/ecapa-decoder.wasm.sha256"
