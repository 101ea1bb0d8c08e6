// C++ next to the other processes of the mixed-mode recording: templates and namespaces, kernel
// work (pipes, page faults) and threads whose names hold blanks and digits.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace shop {

using Clock = std::chrono::steady_clock;

template <typename Key, typename Value>
class Ledger {
public:
    __attribute__((noinline)) void add(const Key &key, Value value) { entries_[key] += value; }
    __attribute__((noinline)) Value total() const {
        Value sum{};
        for (const auto &[key, value] : entries_) sum += value;
        return sum;
    }

private:
    std::map<Key, Value> entries_;
};

__attribute__((noinline)) std::uint64_t price_orders(int count) {
    Ledger<std::string, std::uint64_t> ledger;
    for (int i = 0; i < count; i++) ledger.add("order-" + std::to_string(i % 97), static_cast<std::uint64_t>(i));
    return ledger.total();
}

__attribute__((noinline)) void copy_through_pipe(Clock::time_point until) {
    int ends[2];
    if (pipe(ends) != 0) return;
    std::vector<char> buffer(32768);
    while (Clock::now() < until) {
        if (write(ends[1], buffer.data(), buffer.size()) < 0 || read(ends[0], buffer.data(), buffer.size()) < 0) break;
    }
    close(ends[0]);
    close(ends[1]);
}

__attribute__((noinline)) void touch_fresh_pages() {
    const std::size_t size = 4u << 20;
    void *memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    for (std::size_t i = 0; i < size; i += 4096) static_cast<volatile char *>(memory)[i] = 1;
    munmap(memory, size);
}

} // namespace shop

int main() {
    using namespace std::chrono_literals;
    const auto end = shop::Clock::now() + 14s;
    volatile std::uint64_t sink = 0;
    std::thread pricing([&] {
        prctl(PR_SET_NAME, "pricing 1");
        while (shop::Clock::now() < end) {
            sink = sink + shop::price_orders(4000);
            std::this_thread::sleep_for(6ms);
        }
    });
    std::thread copier([&] {
        prctl(PR_SET_NAME, "pipe copier");
        while (shop::Clock::now() < end) {
            shop::copy_through_pipe(shop::Clock::now() + 5ms);
            shop::touch_fresh_pages();
            std::this_thread::sleep_for(20ms);
        }
    });
    pricing.join();
    copier.join();
}
