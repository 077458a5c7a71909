import java.util.BitSet;

public class Main {
    static int sieve(int n) {
        BitSet composite = new BitSet(n);
        int primes = 0;
        for (int i = 2; i < n; i++) {
            if (!composite.get(i)) {
                primes++;
                for (long j = (long) i * i; j < n; j += i) {
                    composite.set((int) j);
                }
            }
        }
        return primes;
    }

    public static void main(String[] args) {
        int total = 0;
        for (int i = 0; i < 8; i++) {
            total += sieve(8000000);
        }
        System.out.println(total);
    }
}
