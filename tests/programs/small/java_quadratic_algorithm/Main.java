import java.util.LinkedList;
import java.util.List;

public class Main {
    static long checksum(List<Integer> readings) {
        long sum = 0;
        for (int i = 0; i < readings.size(); i++) {
            sum = (sum * 31 + readings.get(i)) % 1000003;
        }
        return sum;
    }

    public static void main(String[] args) {
        List<Integer> readings = new LinkedList<>();
        for (int i = 0; i < 50000; i++) {
            readings.add(i % 977);
        }
        System.out.println(checksum(readings));
    }
}
