/*
 * One audio file in; out come planar float32 blocks at the file's own rate and with its own channels, or mono at
 * 16 kHz (mono.h).
 *
 * An instance of this module decodes one file and is then thrown away, so all state is static and
 * nothing is freed at the end. Bytes come from two functions of the host; nothing else is reached.
 *
 * decoder_probe() and decoder_start() once, then decoder_next() until it returns END or an error. After each BLOCK the
 * host may read its planes or call decoder_mono_push(). Audio that was decoded elsewhere is written to
 * decoder_mono_input() and pushed the same way.
 */
#include <libavcodec/ac3_parser.h>
#include <libavcodec/avcodec.h>
#include <libavcodec/mpegaudiodecheader.h>
#include <libavformat/avformat.h>
#include <libavutil/intreadwrite.h>
#include <libavutil/mem.h>
#include <emscripten.h>
#include <math.h>
#include <string.h>
#include "mono.h"

/* Reads up to `size` bytes at `offset`; returns how many (0: end of the input), or -1 on failure. */
__attribute__((import_module("host"), import_name("read_at")))
int host_read_at(double offset, uint8_t *buffer, int size);

/* Length of the input in bytes; below 0 for a stream, which is read once from its beginning to its end. */
__attribute__((import_module("host"), import_name("size")))
double host_size(void);

/* What the functions below return. The same numbers stand in src/audio/wasm-decoder.ts. */
enum Status {
    END = 0,
    BLOCK = 1,   /* a block lies in decoder_plane() */
    PENDING = 2, /* nothing yet: call again (lets the host breathe inside a long unreadable stretch) */
    OPENED = 3,
    NOT_RECOGNISED = -1,
    NO_AUDIO_STREAM = -2,
    UNSUPPORTED_CODEC = -3,
    UNSUPPORTED_LAYOUT = -4,
    CORRUPT = -5,
    OUT_OF_MEMORY = -6,
    READ_FAILED = -7,
    NO_SUCH_CHANNEL = MONO_NO_SUCH_CHANNEL,
    NO_SUCH_TRACK = -9,
};

enum {
    IO_BUFFER_BYTES = 65536,
    MAX_ALLOCATION_BYTES = 256 << 20,
    MAX_CHANNELS = MONO_MAX_CHANNELS,
    MIN_SAMPLE_RATE = 1000,
    MAX_SAMPLE_RATE = 768000,
    MAX_PACKETS_PER_CALL = 256,
    MAX_ERRORS_WHILE_DRAINING = 64,
    /* Of zeros in which no packet was found. Disk images and broken downloads end in gigabytes of them. */
    MAX_EMPTY_BYTES = 4 << 20,
    MAX_EMPTY_BYTES_IN_HEADERS = 16 << 20,
};

/* Beyond it a sample is a broken file's: 2^32 is what 32-bit integers stored as floats may reach. */
static const float MAX_MAGNITUDE = 4294967296.0f;

static int64_t position;
static int host_failed;
/* Zeros read since the last packet, or since the beginning before there is one. */
static int64_t empty_bytes;
static int ended_in_zeros;

static AVFormatContext *format;
static AVCodecContext *codec;
static AVStream *stream;
static AVPacket *packet;
static AVFrame *frame;

static int draining;
static int errors_while_draining;
static int bad_packets;
static int bad_packets_before_frame;
static int read_error;
static int last_packet_is_cut;
static int64_t last_damage_at = -1;

static float *planes;
static int plane_capacity;
static int block_channels, block_samples, block_rate;
static int block_unusable_at;
static double block_position, block_bytes, block_seconds, packet_seconds;
/* Of the packet that was fed last: a chained Ogg file changes its stream's. */
static AVRational packet_time_base;
/* What the file's clock shows where its timeline begins. */
static double origin_seconds;
/* The clock cannot be trusted any more. */
static int clock_is_lost;

/* What the file says of itself; kept when opening fails too, for the message. */
static int seen_channels, seen_rate;
static enum AVCodecID seen_codec;
static char error_text[AV_ERROR_MAX_STRING_SIZE];

static int read_host(void *opaque, uint8_t *buffer, int size)
{
    int got = host_read_at((double)position, buffer, size);
    (void)opaque;
    if (got < 0) {
        host_failed = 1;
        return AVERROR(EIO);
    }
    if (got == 0)
        return AVERROR_EOF;
    if (buffer[0] == 0 && (got == 1 || memcmp(buffer, buffer + 1, got - 1) == 0)) {
        empty_bytes += got;
        if (empty_bytes > (stream ? MAX_EMPTY_BYTES : MAX_EMPTY_BYTES_IN_HEADERS)) {
            ended_in_zeros = 1;
            return AVERROR_EOF;
        }
    }
    position += got;
    return got;
}

static int64_t seek_host(void *opaque, int64_t offset, int whence)
{
    int64_t size = (int64_t)host_size();
    (void)opaque;
    /* As a size, 0 means unknown to all demuxers; the MP3 demuxer takes an error for an enormous file. */
    if (size < 0)
        return (whence & ~AVSEEK_FORCE) == AVSEEK_SIZE ? 0 : AVERROR(EPIPE);
    switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE: return size;
    case SEEK_SET: break;
    case SEEK_CUR: offset += position; break;
    case SEEK_END: offset += size; break;
    default: return AVERROR(EINVAL);
    }
    if (offset < 0)
        return AVERROR(EINVAL);
    return position = offset;
}

static int failure(int averror, enum Status otherwise)
{
    av_strerror(averror, error_text, sizeof error_text);
    if (host_failed)
        return READ_FAILED;
    if (averror == AVERROR(ENOMEM))
        return OUT_OF_MEMORY;
    return otherwise;
}

static int layout_fits(int channels, int rate)
{
    seen_channels = channels;
    seen_rate = rate;
    return channels >= 1 && channels <= MAX_CHANNELS && rate >= MIN_SAMPLE_RATE && rate <= MAX_SAMPLE_RATE;
}

/* The first audio stream that there is, decodable or not, so that a refusal can name its codec. */
static void remember_first_audio_stream(void)
{
    for (unsigned i = 0; i < format->nb_streams; i++) {
        const AVCodecParameters *parameters = format->streams[i]->codecpar;
        if (parameters->codec_type == AVMEDIA_TYPE_AUDIO) {
            seen_codec = parameters->codec_id;
            seen_channels = parameters->ch_layout.nb_channels;
            seen_rate = parameters->sample_rate;
            return;
        }
    }
}

/* Reads the headers. OPENED, or a refusal. */
EMSCRIPTEN_KEEPALIVE int decoder_probe(void)
{
    uint8_t *io_buffer;
    int result;

    av_log_set_level(AV_LOG_QUIET);
    av_max_alloc(MAX_ALLOCATION_BYTES);

    format = avformat_alloc_context();
    packet = av_packet_alloc();
    frame = av_frame_alloc();
    io_buffer = av_malloc(IO_BUFFER_BYTES);
    if (!format || !packet || !frame || !io_buffer)
        return OUT_OF_MEMORY;
    format->pb = avio_alloc_context(io_buffer, IO_BUFFER_BYTES, 0, NULL, read_host, NULL, seek_host);
    if (!format->pb)
        return OUT_OF_MEMORY;
    if (host_size() < 0)
        format->pb->seekable = 0;
    format->flags |= AVFMT_FLAG_CUSTOM_IO;

    result = avformat_open_input(&format, NULL, NULL, NULL);
    if (result < 0)
        return failure(result, NOT_RECOGNISED);
    result = avformat_find_stream_info(format, NULL);
    if (result < 0)
        return failure(result, CORRUPT);
    remember_first_audio_stream();
    return OPENED;
}

/* The file's `track`th audio stream, from 0 on. */
static AVStream *track_at(int track)
{
    for (unsigned i = 0; format && i < format->nb_streams; i++)
        if (format->streams[i]->codecpar->codec_type == AVMEDIA_TYPE_AUDIO && track-- == 0)
            return format->streams[i];
    return NULL;
}

/*
 * MP4 and Matroska count from the beginning of what they show, even where no stream begins there. Other clocks run
 * from anywhere: their files begin where their first stream does.
 */
static double find_origin(void)
{
    const char *name = format->iformat->name;
    if (!strncmp(name, "mov,", 4) || !strncmp(name, "matroska", 8) || format->start_time == AV_NOPTS_VALUE)
        return 0;
    /* What lies before 0 is there to get the decoder going, and is cut off by it. */
    if (format->start_time < 0)
        return 0;
    return format->start_time / (double)AV_TIME_BASE;
}

/* Gets ready to decode an audio track, from 0 on, or the best one with -1. OPENED, or a refusal. */
EMSCRIPTEN_KEEPALIVE int decoder_start(int track)
{
    const AVCodec *decoder = NULL;
    AVStream *wanted = track < 0 ? NULL : track_at(track);
    int result;

    if (track >= 0 && !wanted)
        return seen_codec == AV_CODEC_ID_NONE ? NO_AUDIO_STREAM : NO_SUCH_TRACK;
    result = av_find_best_stream(format, AVMEDIA_TYPE_AUDIO, wanted ? wanted->index : -1, -1, &decoder, 0);
    if (wanted)
        seen_codec = wanted->codecpar->codec_id;
    /* An audio stream without channels or a rate is not found either. */
    if (result == AVERROR_STREAM_NOT_FOUND)
        return seen_codec == AV_CODEC_ID_NONE ? NO_AUDIO_STREAM : UNSUPPORTED_LAYOUT;
    if (result < 0 || !decoder)
        return failure(result, UNSUPPORTED_CODEC);

    stream = format->streams[result];
    empty_bytes = ended_in_zeros = 0;
    for (unsigned i = 0; i < format->nb_streams; i++)
        if (format->streams[i] != stream)
            format->streams[i]->discard = AVDISCARD_ALL;
    origin_seconds = find_origin();

    seen_codec = stream->codecpar->codec_id;
    if (!layout_fits(stream->codecpar->ch_layout.nb_channels, stream->codecpar->sample_rate))
        return UNSUPPORTED_LAYOUT;

    codec = avcodec_alloc_context3(decoder);
    if (!codec)
        return OUT_OF_MEMORY;
    result = avcodec_parameters_to_context(codec, stream->codecpar);
    if (result < 0)
        return failure(result, CORRUPT);
    /* Without it libavcodec cannot cut encoder delay and padding off. */
    codec->pkt_timebase = packet_time_base = stream->time_base;
    result = avcodec_open2(codec, decoder, NULL);
    if (result < 0)
        return failure(result, result == AVERROR_PATCHWELCOME ? UNSUPPORTED_CODEC : CORRUPT);
    return OPENED;
}

/* With a stride that the compiler knows, it computes several samples at once. */
#define CONVERT_EACH(type, expression, stride)                                 \
    for (int i = 0; i < samples; i++) {                                        \
        type x = in[(size_t)i * (stride)];                                     \
        to[i] = (float)(expression);                                           \
    }

#define CONVERT(type, expression)                                              \
    do {                                                                       \
        const type *restrict in = (const type *)from + (planar ? 0 : channel); \
        if (planar || channels == 1)                                           \
            CONVERT_EACH(type, expression, 1)                                  \
        else if (channels == 2)                                                \
            CONVERT_EACH(type, expression, 2)                                  \
        else                                                                   \
            CONVERT_EACH(type, expression, channels)                           \
    } while (0)

/* Makes room for a block of planes. */
static int shape_block(int channels, int samples, int rate)
{
    if (samples > plane_capacity / channels) {
        av_freep(&planes);
        plane_capacity = 0;
        planes = av_malloc_array((size_t)channels * samples, sizeof *planes);
        if (!planes)
            return 0;
        plane_capacity = channels * samples;
    }
    block_channels = channels;
    block_samples = samples;
    block_rate = rate;
    return 1;
}

/* The first sample that is NaN, infinite or absurdly large; -1 if all are usable. */
static int find_unusable(void)
{
    size_t count = (size_t)block_channels * block_samples;
    int first = block_samples, found = 0;
    for (size_t i = 0; i < count; i++)
        found |= !(fabsf(planes[i]) <= MAX_MAGNITUDE);
    if (!found)
        return -1;
    for (int channel = 0; channel < block_channels; channel++)
        for (int i = 0; i < first; i++)
            if (!(fabsf(planes[(size_t)channel * block_samples + i]) <= MAX_MAGNITUDE))
                first = i;
    return first;
}

/* The frame's samples as planar float32, full scale at 1. */
static int convert_frame(void)
{
    int channels = frame->ch_layout.nb_channels;
    int samples = frame->nb_samples;
    int planar = av_sample_fmt_is_planar(frame->format);
    enum AVSampleFormat sample_format = av_get_packed_sample_fmt(frame->format);

    if (!layout_fits(channels, frame->sample_rate ? frame->sample_rate : codec->sample_rate))
        return UNSUPPORTED_LAYOUT;
    if (!shape_block(channels, samples, seen_rate))
        return OUT_OF_MEMORY;
    for (int channel = 0; channel < channels; channel++) {
        const uint8_t *from = frame->extended_data[planar ? channel : 0];
        float *restrict to = planes + (size_t)channel * samples;
        switch (sample_format) {
        case AV_SAMPLE_FMT_U8:  CONVERT(uint8_t, (x - 128) / 128.0f); break;
        case AV_SAMPLE_FMT_S16: CONVERT(int16_t, x / 32768.0f); break;
        case AV_SAMPLE_FMT_S32: CONVERT(int32_t, x / 2147483648.0); break;
        case AV_SAMPLE_FMT_S64: CONVERT(int64_t, x / 9223372036854775808.0); break;
        case AV_SAMPLE_FMT_FLT: CONVERT(float, x); break;
        case AV_SAMPLE_FMT_DBL: CONVERT(double, x); break;
        default: return UNSUPPORTED_CODEC;
        }
    }
    block_unusable_at = -1;
    if (sample_format == AV_SAMPLE_FMT_FLT || sample_format == AV_SAMPLE_FMT_DBL)
        block_unusable_at = find_unusable();
    block_position = (double)frame->pkt_pos;
    block_bytes = frame->pkt_size;
    block_seconds = packet_seconds; /* its own, or below 0 */
    if (block_seconds < 0 && !clock_is_lost && frame->best_effort_timestamp != AV_NOPTS_VALUE)
        block_seconds = frame->best_effort_timestamp * av_q2d(packet_time_base) - origin_seconds;
    return BLOCK;
}

/*
 * Whether a packet holds less than it should. Streams of bare frames have no other sign of a cut file:
 * their decoders make up what is missing of the last frame.
 */
static int is_cut(void)
{
    MPADecodeHeader header;
    uint8_t bitstream_id;
    uint16_t frame_bytes;

    switch (codec->codec_id) {
    case AV_CODEC_ID_MP1:
    case AV_CODEC_ID_MP2:
    case AV_CODEC_ID_MP3:
        return packet->size >= 4 && avpriv_mpegaudio_decode_header(&header, AV_RB32(packet->data)) == 0 &&
               packet->size < header.frame_size;
    case AV_CODEC_ID_AC3:
    case AV_CODEC_ID_EAC3:
        return av_ac3_parse_header(packet->data, packet->size, &bitstream_id, &frame_bytes) >= 0 &&
               packet->size < frame_bytes;
    default:
        /* A packet of PCM or ADPCM is as long as the read that made it: its end may lie anywhere. */
        return codec->codec_id >= AV_CODEC_ID_AMR_NB && (packet->flags & AV_PKT_FLAG_CORRUPT);
    }
}

/*
 * The time that a FLAC frame's header gives, in seconds; -1 where it is none. Its "coded number" counts samples, or
 * frames of one size (RFC 9639, section 9.1.5), and is written as UTF-8 writes characters.
 */
static double flac_seconds(void)
{
    const uint8_t *data = packet->data;
    int more = 0;
    int64_t number;

    if (packet->size < 16 || data[0] != 0xFF || (data[1] & 0xFE) != 0xF8)
        return -1;
    while (more < 8 && (data[4] & (0x80 >> more)))
        more++;
    if (more == 1 || more == 8)
        return -1;
    number = more == 0 ? data[4] : data[4] & (0xFF >> (more + 1));
    for (int i = 1; i < more; i++)
        number = (number << 6) | (data[4 + i] & 0x3F);
    /* STREAMINFO begins with the least and the most samples of a block. */
    if (!(data[1] & 1))
        number *= codec->extradata_size >= 4 ? AV_RB16(codec->extradata + 2) : 0;
    return (double)number / codec->sample_rate;
}

/* Whether a packet is what is left of a block behind the last whole one: a pad byte, or a few. Not damage. */
static int is_leftover(void)
{
    int is_pcm_like = codec->codec_id < AV_CODEC_ID_AMR_NB || codec->codec_id == AV_CODEC_ID_GSM_MS;
    return is_pcm_like && packet->size < codec->block_align;
}

/*
 * Whether another Vorbis stream is chained to this one, and begins here. The Ogg demuxer goes on with the first one's
 * block sizes, and tells by them the time of packets between the ends of pages.
 */
static int is_vorbis_header(void)
{
    return codec->codec_id == AV_CODEC_ID_VORBIS && packet->size > 7 && !memcmp(packet->data, "\1vorbis", 7);
}

/* Gives the decoder the stream's next packet, or tells it that there are no more. */
static void feed(void)
{
    int result = av_read_frame(format, packet);

    if (result == AVERROR(EAGAIN))
        return;
    /* Damage: what comes after it may be sound, as long as the demuxer gets any further. */
    if (result < 0 && result != AVERROR_EOF && result != AVERROR(ENOMEM) && !host_failed &&
        avio_tell(format->pb) > last_damage_at) {
        last_damage_at = avio_tell(format->pb);
        bad_packets++;
        return;
    }
    if (result < 0) {
        if (result != AVERROR_EOF || host_failed)
            read_error = result;
        draining = 1;
        avcodec_send_packet(codec, NULL);
        return;
    }
    empty_bytes = 0;
    if (packet->stream_index == stream->index) {
        last_packet_is_cut = is_cut();
        packet_seconds = !strcmp(format->iformat->name, "flac") ? flac_seconds() : -1;
        codec->pkt_timebase = packet_time_base = stream->time_base;
        if (is_vorbis_header())
            clock_is_lost = 1;
        /* The ADTS demuxer passes bytes over that the parser behind it, which counts positions, never sees. */
        if (!strcmp(format->iformat->name, "aac"))
            packet->pos = avio_tell(format->pb) - packet->size;
        if (!is_leftover() && avcodec_send_packet(codec, packet) < 0)
            bad_packets++;
    }
    av_packet_unref(packet);
}

EMSCRIPTEN_KEEPALIVE int decoder_next(void)
{
    for (int packets = 0; packets < MAX_PACKETS_PER_CALL; packets++) {
        int result = avcodec_receive_frame(codec, frame);

        if (result >= 0) {
            if (frame->nb_samples <= 0)
                continue;
            result = convert_frame();
            bad_packets_before_frame = bad_packets;
            av_frame_unref(frame);
            return result;
        }
        if (result == AVERROR(ENOMEM))
            return OUT_OF_MEMORY;
        if (result == AVERROR_EOF) {
            /* What demuxers and parsers found in the zeros is no damage. */
            if (ended_in_zeros)
                bad_packets = bad_packets_before_frame;
            return host_failed ? READ_FAILED : END;
        }
        if (result != AVERROR(EAGAIN)) {
            bad_packets++;
            if (draining && ++errors_while_draining > MAX_ERRORS_WHILE_DRAINING)
                return END;
        }
        if (!draining)
            feed();
    }
    return PENDING;
}

/* The block that decoder_next() announced; good until its next call. */
EMSCRIPTEN_KEEPALIVE const float *decoder_plane(int channel) { return planes + (size_t)channel * block_samples; }
EMSCRIPTEN_KEEPALIVE int decoder_block_channels(void) { return block_channels; }
EMSCRIPTEN_KEEPALIVE int decoder_block_samples(void) { return block_samples; }
EMSCRIPTEN_KEEPALIVE int decoder_block_rate(void) { return block_rate; }
/* Where its packet lies in the file, and when it is due by the file's own clock; below 0 where nobody knows. */
EMSCRIPTEN_KEEPALIVE double decoder_block_position(void) { return block_position; }
EMSCRIPTEN_KEEPALIVE double decoder_block_bytes(void) { return block_bytes; }
EMSCRIPTEN_KEEPALIVE double decoder_block_seconds(void) { return block_seconds; }
EMSCRIPTEN_KEEPALIVE int decoder_block_unusable_at(void) { return block_unusable_at; }
EMSCRIPTEN_KEEPALIVE void decoder_block_silence(void)
{
    memset(planes, 0, (size_t)block_channels * block_samples * sizeof *planes);
}

/* Where the host writes planes that it decoded elsewhere; NULL without the memory for them. Then push them. */
EMSCRIPTEN_KEEPALIVE float *decoder_mono_input(int channels, int samples, int rate)
{
    return shape_block(channels, samples, rate) ? planes : NULL;
}

/* The block's way to mono at 16 kHz, as mono.h says; 0, or a status below it. */
EMSCRIPTEN_KEEPALIVE int decoder_mono_push(int choice)
{
    return mono_push(planes, block_channels, block_samples, block_rate, choice);
}
EMSCRIPTEN_KEEPALIVE int decoder_mono_end_run(void) { return mono_end_run(); }
EMSCRIPTEN_KEEPALIVE const float *decoder_mono_output(void) { return mono_output(); }
EMSCRIPTEN_KEEPALIVE int decoder_mono_output_length(void) { return mono_output_length(); }
EMSCRIPTEN_KEEPALIVE void decoder_mono_take(int samples) { mono_take(samples); }
EMSCRIPTEN_KEEPALIVE double decoder_mono_opposite_seconds(void) { return mono_opposite_seconds(); }

/* What the headers say. Good after decoder_probe(), after a refusal too as far as it got. */
EMSCRIPTEN_KEEPALIVE int decoder_channels(void) { return seen_channels; }
EMSCRIPTEN_KEEPALIVE int decoder_sample_rate(void) { return seen_rate; }
EMSCRIPTEN_KEEPALIVE const char *decoder_codec(void) { return avcodec_get_name(seen_codec); }
EMSCRIPTEN_KEEPALIVE const char *decoder_container(void)
{
    return format && format->iformat ? format->iformat->name : "";
}

/* Of the audio tracks, from 0 on, in the file's order. */
EMSCRIPTEN_KEEPALIVE int decoder_tracks(void)
{
    int tracks = 0;
    while (track_at(tracks))
        tracks++;
    return tracks;
}
static const char *track_tag(int track, const char *key)
{
    AVDictionaryEntry *tag = av_dict_get(track_at(track)->metadata, key, NULL, 0);
    return tag ? tag->value : "";
}
EMSCRIPTEN_KEEPALIVE const char *decoder_track_language(int track) { return track_tag(track, "language"); }
EMSCRIPTEN_KEEPALIVE const char *decoder_track_title(int track) { return track_tag(track, "title"); }
EMSCRIPTEN_KEEPALIVE const char *decoder_track_codec(int track)
{
    return avcodec_get_name(track_at(track)->codecpar->codec_id);
}
EMSCRIPTEN_KEEPALIVE int decoder_track_channels(int track)
{
    return track_at(track)->codecpar->ch_layout.nb_channels;
}
EMSCRIPTEN_KEEPALIVE int decoder_track_rate(int track) { return track_at(track)->codecpar->sample_rate; }
/* Which of them decodes; good after decoder_start(). */
EMSCRIPTEN_KEEPALIVE int decoder_track(void)
{
    int track = 0;
    while (track_at(track) && track_at(track) != stream)
        track++;
    return track;
}

/* Streams that take their own time; cover art does not. */
EMSCRIPTEN_KEEPALIVE int decoder_streams(void)
{
    int streams = 0;
    for (unsigned i = 0; format && i < format->nb_streams; i++)
        streams += !(format->streams[i]->disposition & AV_DISPOSITION_ATTACHED_PIC);
    return streams;
}

/* Seconds that the headers promise for the audio stream; -1 if they do not, or FFmpeg only guessed. */
EMSCRIPTEN_KEEPALIVE double decoder_declared_seconds(void)
{
    if (!stream || format->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE)
        return -1;
    if (stream->duration != AV_NOPTS_VALUE)
        return stream->duration * av_q2d(stream->time_base);
    if (format->duration != AV_NOPTS_VALUE)
        return format->duration / (double)AV_TIME_BASE;
    return -1;
}

/* How the decoding went. Good at any time. */
EMSCRIPTEN_KEEPALIVE int decoder_bad_packets(void) { return bad_packets; }
EMSCRIPTEN_KEEPALIVE int decoder_clock_is_lost(void) { return clock_is_lost; }
EMSCRIPTEN_KEEPALIVE int decoder_broke_off(void) { return read_error != 0 || last_packet_is_cut; }
EMSCRIPTEN_KEEPALIVE const char *decoder_error_text(void) { return error_text; }
