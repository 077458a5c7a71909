import java.util.ArrayList;
import java.util.List;

public class Main {
    static List<String> distinct(List<String> names) {
        List<String> seen = new ArrayList<>();
        for (String name : names) {
            if (!seen.contains(name)) {
                seen.add(name);
            }
        }
        return seen;
    }

    public static void main(String[] args) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 60000; i++) {
            names.add("user-" + (i * 7919 % 24001));
        }
        System.out.println(distinct(names).size());
    }
}
