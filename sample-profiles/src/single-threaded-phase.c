/* Every 4 s, two threads search for 2.8 s in parallel; then one of them merges what was found, for
   1 s and alone, while the other waits at the barrier. */
#include "common.h"

enum { DURATION = 12, PERIOD = 4, THREADS = 2 };
static const double PARALLEL = 2.8, MERGE = 1.0;

static pthread_barrier_t barrier;
static volatile uint64_t sink;

NOINLINE static uint64_t score_match(uint64_t seed) {
    KEEP_FRAME;
    for (int i = 0; i < 30000; i++) next_random(&seed);
    return seed;
}

NOINLINE static void search_shard(double until) {
    for (uint64_t i = 1; seconds_now() < until; i++) sink += score_match(i);
}

NOINLINE static uint64_t merge_run(uint64_t seed) {
    KEEP_FRAME;
    uint64_t sum = seed;
    for (int i = 0; i < 40000; i++) sum = sum * 31 + (sum >> 7);
    return sum;
}

NOINLINE static void merge_results(double until) {
    for (uint64_t i = 1; seconds_now() < until; i++) sink += merge_run(i);
}

static void *searcher(void *argument) {
    int id = (int)(intptr_t)argument;
    name_thread(id == 0 ? "search leader" : "searcher");
    for (double at = 0; at < DURATION; at += PERIOD) {
        sleep_until(at);
        search_shard(at + PARALLEL);
        pthread_barrier_wait(&barrier);
        if (id == 0) merge_results(at + PARALLEL + MERGE);
        pthread_barrier_wait(&barrier);
    }
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    pthread_barrier_init(&barrier, NULL, THREADS);
    start_schedule();
    for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, searcher, (void *)(intptr_t)i);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    return 0;
}
