import java.io.*;
import java.net.*;
import java.util.*;
import java.util.concurrent.locks.*;

public class Mix {
    static final Object monitor = new Object();
    static final ReentrantLock lock = new ReentrantLock();
    static volatile long sink;

    static long crunch(int n) {
        long h = n;
        for (int i = 0; i < 3000000; i++) h = h * 6364136223846793005L + (h >>> 33) + i;
        return h;
    }
    static long allocate(int n) {
        long total = 0;
        for (int i = 0; i < 20000; i++) { byte[] b = new byte[512]; b[i & 511] = 1; total += b.length; sink += b[3]; }
        return total;
    }
    static void holdMonitor() throws Exception {
        synchronized (monitor) { Thread.sleep(30); }
    }
    static void holdLock() throws Exception {
        lock.lock();
        try { Thread.sleep(30); } finally { lock.unlock(); }
    }
    static void writeFile(File f) throws Exception {
        try (FileOutputStream o = new FileOutputStream(f)) { for (int i = 0; i < 50; i++) { o.write(new byte[4096]); o.getFD().sync(); } }
    }
    public static void main(String[] args) throws Exception {
        final long until = System.currentTimeMillis() + Integer.parseInt(args[0]) * 1000L;
        final File f = File.createTempFile("mix", ".dat");
        f.deleteOnExit();
        List<Thread> ts = new ArrayList<Thread>();
        for (int k = 0; k < 3; k++) {
            Thread t = new Thread("blocker-" + k) { public void run() { try { while (System.currentTimeMillis() < until) { holdMonitor(); holdLock(); } } catch (Exception e) { e.printStackTrace(); } } };
            t.start(); ts.add(t);
        }
        final ServerSocket srv = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"));
        Thread s = new Thread("server") { public void run() { try { Socket c = srv.accept(); while (true) { Thread.sleep(40); c.getOutputStream().write(new byte[100]); } } catch (Exception e) { } } };
        s.setDaemon(true); s.start();
        Thread cl = new Thread("client") { public void run() { try { Socket c = new Socket("127.0.0.1", srv.getLocalPort()); byte[] b = new byte[200]; while (true) c.getInputStream().read(b); } catch (Exception e) { } } };
        cl.setDaemon(true); cl.start();
        int n = 0;
        while (System.currentTimeMillis() < until) { sink += crunch(n); sink += allocate(n++); if (n % 20 == 0) writeFile(f); }
        for (Thread t : ts) t.join();
        System.out.println("rounds " + n + " " + (sink & 1));
    }
}
