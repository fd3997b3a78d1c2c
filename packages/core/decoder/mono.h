/* Any number of channels at any rate in, mono at 16 kHz out. One stream at a time; all state is static. */
#ifndef ECAPA_MONO_H
#define ECAPA_MONO_H

enum {
    MONO_MAX_CHANNELS = 64,
    MONO_MIX = -1, /* the average of all channels, or the louder one where they cancel each other out */
};

enum MonoStatus { MONO_OK = 0, MONO_NO_MEMORY = -6, MONO_NO_SUCH_CHANNEL = -8 };

/*
 * Takes planar audio, a plane of `samples` values for each channel. `choice` is MONO_MIX or a channel from 0 on.
 * Rate and channels may change from call to call.
 */
enum MonoStatus mono_push(const float *planes, int channels, int samples, int rate, int choice);

/* Ends a run of audio: its last samples come out, as if zeros followed. The next push begins another run. */
enum MonoStatus mono_end_run(void);

/* What has come out and was not taken yet. */
const float *mono_output(void);
int mono_output_length(void);
void mono_take(int samples);

/* Seconds so far for which one channel was taken because the channels cancelled each other out. */
double mono_opposite_seconds(void);

#endif
