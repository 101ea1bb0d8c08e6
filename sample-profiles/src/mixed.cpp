// C++ next to the other processes of the mixed-mode recording: templates and namespaces, kernel
// work (pipes, page faults, a device) and threads whose names hold blanks and digits.
// Argument: the second of the monotonic clock at which the recording begins.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <time.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace shop {

constexpr double duration = 11, quiet_from = 6.3, quiet_to = 7.0;
time_t base;

double now() {
    timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec - base) + static_cast<double>(time.tv_nsec) / 1e9;
}

void sleep_until(double at) {
    const double left = at - now();
    if (left <= 0) return;
    const timespec time{static_cast<time_t>(left), static_cast<long>((left - static_cast<double>(static_cast<time_t>(left))) * 1e9)};
    nanosleep(&time, nullptr);
}

// Runs `work(until)` for `busy` seconds of each `period`, but not in the time when all is quiet.
template <typename Work> void repeat(double first, double period, double busy, Work work) {
    for (int turn = 0; first + turn * period < duration; turn++) {
        const double at = first + turn * period;
        if (at >= quiet_from && at < quiet_to) continue;
        sleep_until(at);
        work(at + busy);
    }
}

// Sums by key, sorted. Its space is taken beforehand: libc has no frame pointers, and its allocator
// would take the callers out of the stacks.
template <typename Key, typename Value> class Ledger {
public:
    explicit Ledger(std::size_t keys) { entries_.reserve(keys); }
    __attribute__((noinline)) void add(const Key &key, Value value) {
        const auto place = std::lower_bound(entries_.begin(), entries_.end(), key,
                                            [](const Entry &entry, const Key &wanted) { return entry.first < wanted; });
        if (place != entries_.end() && place->first == key) place->second += value;
        else entries_.insert(place, Entry{key, value});
    }
    __attribute__((noinline)) Value total() const {
        Value sum{};
        for (const auto &[key, value] : entries_) sum += value;
        return sum;
    }

private:
    using Entry = std::pair<Key, Value>;
    std::vector<Entry> entries_;
};

volatile std::uint64_t sink;

template <typename Total> __attribute__((noinline)) std::uint64_t price_orders(Total &ledger, unsigned count) {
    for (unsigned i = 0; i < count; i++) ledger.add(i * 2654435761u % 997, i);
    return ledger.total();
}

__attribute__((noinline)) void price_all(double until) {
    static Ledger<unsigned, std::uint64_t> ledger(997);
    while (now() < until) sink = sink + price_orders(ledger, 4000);
}

__attribute__((noinline)) void copy_through_pipe(double until) {
    int ends[2];
    if (pipe(ends) != 0) return;
    std::vector<char> buffer(32768);
    while (now() < until) {
        if (write(ends[1], buffer.data(), buffer.size()) < 0 || read(ends[0], buffer.data(), buffer.size()) < 0) break;
    }
    close(ends[0]);
    close(ends[1]);
}

__attribute__((noinline)) void touch_fresh_pages(double until) {
    const std::size_t size = 1u << 20;
    while (now() < until) {
        void *memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) return;
        for (std::size_t i = 0; i < size; i += 4096) static_cast<volatile char *>(memory)[i] = 1;
        munmap(memory, size);
    }
}

__attribute__((noinline)) void read_zeros(int device, double until) {
    std::vector<char> buffer(65536);
    while (now() < until && read(device, buffer.data(), buffer.size()) > 0) {
    }
}

} // namespace shop

int main(int count, char **arguments) {
    if (count != 2) return 2;
    shop::base = std::atol(arguments[1]);
    // A process of its own, so that the recording holds one that was forked.
    const pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_NAME, "zero reader");
        const int device = open("/dev/zero", O_RDONLY);
        shop::repeat(0.02, 0.047, 0.008, [&](double until) { shop::read_zeros(device, until); });
        return 0;
    }
    std::thread pricing([] {
        prctl(PR_SET_NAME, "pricing 1");
        shop::repeat(0.01, 0.043, 0.014, shop::price_all);
    });
    std::thread copier([] {
        prctl(PR_SET_NAME, "pipe copier");
        shop::repeat(0, 0.053, 0.007, shop::copy_through_pipe);
    });
    std::thread toucher([] {
        prctl(PR_SET_NAME, "page toucher 2");
        shop::repeat(0.03, 0.059, 0.007, shop::touch_fresh_pages);
    });
    pricing.join();
    copier.join();
    toucher.join();
    waitpid(child, nullptr, 0);
}
