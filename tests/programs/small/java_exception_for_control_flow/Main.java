public class Main {
    static int number(String field) {
        try {
            return Integer.parseInt(field);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    static long sum(String[] fields) {
        long total = 0;
        for (String field : fields) {
            total += number(field);
        }
        return total;
    }

    public static void main(String[] args) {
        String[] fields = new String[20000];
        for (int i = 0; i < fields.length; i++) {
            fields[i] = i % 3 == 0 ? "" + i : "n/a";
        }
        long total = 0;
        for (int round = 0; round < 120; round++) {
            total += sum(fields);
        }
        System.out.println(total);
    }
}
