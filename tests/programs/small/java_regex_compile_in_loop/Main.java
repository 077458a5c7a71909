import java.util.regex.Pattern;

public class Main {
    static String clean(String text, String word) {
        return Pattern.compile("\\\\b(" + word + "|x" + word + ")(s|es|ed|ing)?\\\\b").matcher(text).replaceAll("*");
    }

    public static void main(String[] args) {
        long n = 0;
        for (int i = 0; i < 900000; i++) {
            n += clean("the form", "form" + i % 7).length();
        }
        System.out.println(n);
    }
}
