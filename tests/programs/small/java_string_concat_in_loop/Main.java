public class Main {
    static String page(int rows) {
        String html = "";
        for (int i = 0; i < rows; i++) {
            html += "<tr><td>" + i + "</td></tr>";
        }
        return html;
    }

    public static void main(String[] args) {
        long n = 0;
        for (int i = 0; i < 3; i++) {
            n += page(16000).length();
        }
        System.out.println(n);
    }
}
