// A Java program for the mixed-mode recording: it sorts and totals orders for 14 s.
import java.util.Arrays;

public class Orders {
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
        int[] orders = new int[60000];
        for (int i = 0; i < orders.length; i++) orders[i] = next();
        Arrays.sort(orders);
        return total(orders);
    }

    public static void main(String[] arguments) throws Exception {
        Thread.currentThread().setName("orders");
        long end = System.nanoTime() + 14_000_000_000L, sum = 0;
        while (System.nanoTime() < end) {
            sum += sortOrders();
            Thread.sleep(5);
        }
        System.out.println(sum);
    }
}
