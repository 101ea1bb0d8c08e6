/* Two threads that are always busy, until a third holds the lock that both need for 700 ms while
   it sleeps: a pause of the whole program, in which nothing runs at all. */
#include "common.h"

enum { DURATION = 10, THREADS = 2 };
static const double PAUSE_AT = 6.4, PAUSE_LENGTH = 0.7;

static pthread_mutex_t heap_lock = PTHREAD_MUTEX_INITIALIZER;
static volatile uint64_t sink;

NOINLINE static uint64_t mix_block(uint64_t state) {
    KEEP_FRAME;
    for (int i = 0; i < 20000; i++) next_random(&state);
    return state;
}

NOINLINE static void compress_block(uint64_t id) {
    sink += mix_block(id + 1);
    sink += mix_block(id + 2);
}

NOINLINE static void allocate_buffer(void) {
    pthread_mutex_lock(&heap_lock);
    sink++;
    pthread_mutex_unlock(&heap_lock);
}

NOINLINE static void run_job(uint64_t id) {
    allocate_buffer();
    compress_block(id);
}

static void *worker(void *argument) {
    name_thread("worker");
    for (uint64_t id = (uint64_t)(uintptr_t)argument; seconds_now() < DURATION; id++) run_job(id);
    return NULL;
}

NOINLINE static void stop_the_world(void) {
    pthread_mutex_lock(&heap_lock);
    sleep_until(PAUSE_AT + PAUSE_LENGTH);
    pthread_mutex_unlock(&heap_lock);
}

int main(void) {
    pthread_t threads[THREADS];
    start_schedule();
    for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, worker, (void *)(intptr_t)(i * 1000));
    name_thread("collector");
    sleep_until(PAUSE_AT);
    stop_the_world();
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    return 0;
}
