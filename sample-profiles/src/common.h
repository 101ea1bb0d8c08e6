/* What the sample programs share: names for threads, an absolute schedule, and work of known length. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

/* Inlining would take the story's functions out of the stacks. */
#define NOINLINE __attribute__((noinline))

/* A function that calls nothing gets no frame, and its caller would be missing from the stack. */
#define KEEP_FRAME __asm__ volatile("" ::"r"(__builtin_frame_address(0)))

static struct timespec program_start;

static inline void name_thread(const char *name) { prctl(PR_SET_NAME, name); }

static inline double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - program_start.tv_sec) + (double)(now.tv_nsec - program_start.tv_nsec) / 1e9;
}

/* Sleeps until a moment of the schedule, in seconds since the program's start. */
static inline void sleep_until(double seconds) {
    double whole = program_start.tv_sec + program_start.tv_nsec / 1e9 + seconds;
    struct timespec until = {(time_t)whole, (long)((whole - (double)(time_t)whole) * 1e9)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

/* Starts the schedule at a whole second, so that offsets within seconds are known. */
static inline void start_schedule(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    program_start = (struct timespec){now.tv_sec + 1, 0};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &program_start, NULL);
}

/* A small generator with a fixed seed: the same work every time. */
static inline uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}
