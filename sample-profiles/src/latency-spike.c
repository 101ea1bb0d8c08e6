/* A server that answers a request every 40 ms and, every 7 s, rebuilds its index on two threads
   for about 300 ms: the requests that come meanwhile wait. */
#include "common.h"

enum { DURATION = 30, PERIOD = 7, THREADS = 2 };

static volatile uint64_t sink;
static uint64_t entries[THREADS][4096];

NOINLINE static uint64_t hash_body(uint64_t seed, int rounds) {
    KEEP_FRAME;
    uint64_t hash = seed;
    for (int i = 0; i < rounds; i++) hash = (hash ^ (uint64_t)i) * 0x100000001b3u;
    return hash;
}

NOINLINE static void parse_request(int id) { sink += hash_body((uint64_t)id, 1200000); }
NOINLINE static void lookup_account(int id) { sink += hash_body((uint64_t)id * 31, 2400000); }
NOINLINE static void write_response(int id) { sink += hash_body((uint64_t)id * 17, 1200000); }

NOINLINE static void handle_request(int id) {
    parse_request(id);
    lookup_account(id);
    write_response(id);
}

NOINLINE static int compare_keys(uint64_t a, uint64_t b) {
    KEEP_FRAME;
    return (a > b) - (a < b);
}

/* libc's qsort has no frame pointers, and would take its callers out of the stacks. */
NOINLINE static void sift_down(uint64_t *keys, int root, int end) {
    for (int child; (child = 2 * root + 1) < end; root = child) {
        if (child + 1 < end && compare_keys(keys[child], keys[child + 1]) < 0) child++;
        if (compare_keys(keys[root], keys[child]) >= 0) return;
        uint64_t key = keys[root];
        keys[root] = keys[child];
        keys[child] = key;
    }
}

NOINLINE static void sort_entries(uint64_t *keys) {
    uint64_t seed = 88172645463325252u;
    for (int i = 0; i < 4096; i++) keys[i] = next_random(&seed);
    for (int root = 2047; root >= 0; root--) sift_down(keys, root, 4096);
    for (int end = 4095; end > 0; end--) {
        uint64_t key = keys[0];
        keys[0] = keys[end];
        keys[end] = key;
        sift_down(keys, 0, end);
    }
}

NOINLINE static void rebuild_index(uint64_t *keys, double until) {
    while (seconds_now() < until) sort_entries(keys);
}

static void *indexer(void *argument) {
    int id = (int)(intptr_t)argument;
    name_thread("indexer");
    for (double at = 4.3; at < DURATION; at += PERIOD) {
        sleep_until(at);
        rebuild_index(entries[id], at + 0.3);
    }
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    start_schedule();
    for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, indexer, (void *)(intptr_t)i);
    name_thread("server");
    for (int id = 0; id < DURATION * 25; id++) {
        sleep_until(id * 0.04);
        handle_request(id);
    }
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    return 0;
}
