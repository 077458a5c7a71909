import java.lang.reflect.Method;

public class Main {
    public static class Item {
        private final int price;

        public Item(int price) {
            this.price = price;
        }

        public Integer getPrice() {
            return price;
        }
    }

    static int read(Object item, String property) throws Exception {
        String getter = "get" + Character.toUpperCase(property.charAt(0)) + property.substring(1);
        Method method = item.getClass().getMethod(getter);
        return (Integer) method.invoke(item);
    }

    public static void main(String[] args) throws Exception {
        long total = 0;
        Item item = new Item(7);
        for (int i = 0; i < 9000000; i++) {
            total += read(item, "price");
        }
        System.out.println(total);
    }
}
