// A Java program for the mixed-mode recording: it sorts and totals orders, a little in every 37 ms.
// Argument: the second of the monotonic clock at which the recording begins.
import java.util.Arrays;

public class Orders {
    static final double WARM_UP = 4, DURATION = 11, QUIET_FROM = 6.3, QUIET_TO = 7.0;
    static long seed = 42;

    static int next() {
        seed = seed * 6364136223846793005L + 1442695040888963407L;
        return (int) (seed >>> 40);
    }

    static long total(int[] orders) {
        long sum = 0;
        for (int order : orders) sum += order;
        return sum;
    }

    static long sortOrders() {
        int[] orders = new int[2000];
        for (int i = 0; i < orders.length; i++) orders[i] = next();
        Arrays.sort(orders);
        return total(orders);
    }

    static long bookOrders(long until) {
        long sum = 0;
        while (System.nanoTime() < until) sum += sortOrders();
        return sum;
    }

    public static void main(String[] arguments) throws Exception {
        Thread.currentThread().setName("orders");
        // On Linux, System.nanoTime() is the monotonic clock, which the other programs read too.
        long base = Long.parseLong(arguments[0]) * 1_000_000_000L, sum = 0;
        for (double at = -WARM_UP; at < DURATION; at += 0.037) {
            long start = base + (long) (at * 1e9);
            long wait = start - System.nanoTime();
            if (wait > 0) Thread.sleep(wait / 1_000_000, (int) (wait % 1_000_000));
            if (at < QUIET_FROM || at >= QUIET_TO) sum += bookOrders(start + 12_000_000);
        }
        System.out.println(sum);
    }
}
