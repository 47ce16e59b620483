import java.io.*;
import java.net.*;
import java.nio.*;
import java.nio.channels.*;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;

/** Carries out scripts of oslab nio, one a line on standard input, and prints what the JVM did, a line each. */
public class Nio {
    static final Path FOLDER = make();
    static int files = 0;

    static Path make() {
        try { return Files.createTempDirectory("nio"); } catch (IOException e) { throw new UncheckedIOException(e); }
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, "UTF-8");
        int n = 0;
        for (String line; (line = in.readLine()) != null; n++) {
            String[] parts = line.split("\\|");
            StringBuilder answer = new StringBuilder();
            switch (parts[0]) {
                case "buffers": buffers(parts, answer); break;
                case "map": map(parts, answer, n); break;
                case "transfer": transfer(parts, answer, n); break;
                case "appended": appended(parts, answer, n); break;
                case "clamp": clamp(parts, answer, n); break;
                case "memory": memory(parts, answer); break;
                default: throw new IllegalArgumentException(line);
            }
            out.println(answer);
        }
        out.flush();
        for (File file : FOLDER.toFile().listFiles()) file.delete();
        Files.delete(FOLDER);
    }

    /** A line in the list of system calls: opening what is not there. */
    static void note(String what) {
        try { new FileInputStream("/oslab-note/" + what).close(); } catch (IOException expected) { }
    }

    static Path file(long size) throws IOException {
        Path path = FOLDER.resolve("file" + files++);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) { file.setLength(size); }
        return path;
    }

    static String name(Throwable thrown) { return thrown.getClass().getSimpleName(); }

    // buffers|h=heap:8,d=direct:16|h put 5|s=h slice|...

    static void buffers(String[] parts, StringBuilder answer) throws Exception {
        Map<String, ByteBuffer> all = new HashMap<>();
        for (String declared : parts[1].split(",")) {
            String[] words = declared.split("[=:]");
            int capacity = Integer.parseInt(words[2]);
            ByteBuffer b;
            if (words[1].equals("heap")) b = ByteBuffer.allocate(capacity);
            else if (words[1].equals("direct")) b = ByteBuffer.allocateDirect(capacity);
            else try (FileChannel c = FileChannel.open(file(capacity), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                b = c.map(MapMode.READ_WRITE, 0, capacity);
            }
            all.put(words[0], b);
        }
        int put = 1, arrived = 101;
        Pipe pipe = Pipe.open();
        for (int i = 2; i < parts.length; i++) {
            String[] words = parts[i].split(" ");
            ByteBuffer b = all.get(words[1]);
            int number = words.length > 3 ? Integer.parseInt(words[3]) : -1;
            String outcome = "ok";
            StringBuilder data = new StringBuilder();
            ByteBuffer view = null;
            try {
                switch (words[2]) {
                    case "put": {
                        byte[] bytes = new byte[number];
                        for (int k = 0; k < number; k++) bytes[k] = (byte) (put + k);
                        b.put(bytes);
                        put += number;
                        break;
                    }
                    case "get": {
                        byte[] bytes = new byte[number];
                        b.get(bytes);
                        show(bytes, number, data);
                        break;
                    }
                    case "flip": b.flip(); break;
                    case "clear": b.clear(); break;
                    case "rewind": b.rewind(); break;
                    case "compact": b.compact(); break;
                    case "mark": b.mark(); break;
                    case "reset": b.reset(); break;
                    case "limit": b.limit(number); break;
                    case "position": b.position(number); break;
                    case "slice": view = b.slice(); break;
                    case "duplicate": view = b.duplicate(); break;
                    case "readonly": view = b.asReadOnlyBuffer(); break;
                    case "write": {
                        // A pipe takes all, so the buffer is offered no more than the channel takes.
                        int most = number < 0 ? b.remaining() : Math.min(number, b.remaining());
                        int limit = b.limit();
                        ByteBuffer part = b.duplicate();
                        part.limit(b.position() + most);
                        int moved = pipe.sink().write(part);
                        b.position(b.position() + moved);
                        ByteBuffer drained = ByteBuffer.allocate(moved);
                        while (drained.hasRemaining()) pipe.source().read(drained);
                        show(drained.array(), moved, data);
                        break;
                    }
                    case "read": {
                        int most = number < 0 ? b.remaining() : Math.min(number, b.remaining());
                        byte[] bytes = new byte[most];
                        for (int k = 0; k < most; k++) bytes[k] = (byte) (arrived + k);
                        pipe.sink().write(ByteBuffer.wrap(bytes));
                        try {
                            int moved = most == 0 && b.hasRemaining() && !b.isReadOnly() ? 0 : pipe.source().read(b);
                            arrived += moved;
                        } catch (IllegalArgumentException e) {
                            ByteBuffer rest = ByteBuffer.allocate(most);
                            while (rest.hasRemaining()) pipe.source().read(rest);
                            throw e;
                        }
                        show(bytes, most, data);
                        break;
                    }
                    default: throw new IllegalStateException(parts[i]);
                }
            } catch (BufferOverflowException | BufferUnderflowException | InvalidMarkException
                    | IllegalArgumentException | ReadOnlyBufferException e) {
                outcome = name(e);
            }
            if (view != null) { all.put(words[0], view); b = view; }
            answer.append(outcome).append(' ').append(b.position()).append(' ').append(b.limit())
                .append(' ').append(b.capacity()).append(' ').append(markOf(b)).append(' ').append(data).append('|');
        }
        pipe.sink().close();
        pipe.source().close();
    }

    static void show(byte[] bytes, int count, StringBuilder data) {
        for (int k = 0; k < count; k++) data.append(k == 0 ? "" : ",").append(bytes[k] & 255);
    }

    static String markOf(ByteBuffer b) {
        try { return "" + b.duplicate().reset().position(); } catch (InvalidMarkException e) { return "-"; }
    }

    // map|open|fileSize|op|op...

    static void map(String[] parts, StringBuilder answer, int n) throws Exception {
        Path path = file(Long.parseLong(parts[2]));
        FileChannel channel = open(path, parts[1]);
        MappedByteBuffer b = null;
        long position = 0;
        for (int i = 3; i < parts.length; i++) {
            String[] words = parts[i].split(" ");
            String outcome = "ok", value = "-";
            note(n + "-" + (i - 2));
            try {
                switch (words[0]) {
                    case "map": {
                        if (words.length > 4) { channel.close(); channel = open(path, words[4]); }
                        MapMode mode = words[1].equals("read_only") ? MapMode.READ_ONLY
                            : words[1].equals("private") ? MapMode.PRIVATE : MapMode.READ_WRITE;
                        try {
                            long at = Long.parseLong(words[2]);
                            b = channel.map(mode, at, Long.parseLong(words[3]));
                            position = at;
                        } finally {
                            value = "" + Files.size(path);
                        }
                        break;
                    }
                    case "put": b.put(Integer.parseInt(words[1]), (byte) Integer.parseInt(words[2]));
                        value = inFile(path, position + Integer.parseInt(words[1])); break;
                    case "get": value = "" + (b.get(Integer.parseInt(words[1])) & 255); break;
                    case "file": if (b == null) throw new NullPointerException();
                        value = inFile(path, position + Long.parseLong(words[1])); break;
                    case "force": if (words.length > 1) b.force(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
                        else b.force(); break;
                    case "load": b.load(); break;
                    case "isLoaded": b.isLoaded(); break;
                    case "close": channel.close(); break;
                    default: throw new IllegalStateException(parts[i]);
                }
            } catch (ClosedChannelException | NonWritableChannelException | NonReadableChannelException
                    | IllegalArgumentException | ReadOnlyBufferException | IndexOutOfBoundsException
                    | NullPointerException e) {
                outcome = name(e);
            } catch (IOException e) {
                outcome = name(e);
            }
            answer.append(outcome).append(' ').append(value).append('|');
        }
        note(n + "-end");
        channel.close();
        Files.delete(path);
    }

    static FileChannel open(Path path, String how) throws IOException {
        Set<OpenOption> options = new HashSet<>();
        if (how.contains("r")) options.add(StandardOpenOption.READ);
        if (how.contains("w")) options.add(StandardOpenOption.WRITE);
        return FileChannel.open(path, options);
    }

    static String inFile(Path path, long at) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            file.seek(at);
            int found = file.read();
            return found < 0 ? "-" : "" + found;
        }
    }

    // transfer|targetSize|to socket 0 20000 1000|...

    static void transfer(String[] parts, StringBuilder answer, int n) throws Exception {
        long targetSize = Long.parseLong(parts[1]);
        for (int i = 2; i < parts.length; i++) {
            String[] words = parts[i].split(" ");
            long position = Long.parseLong(words[2]), count = Long.parseLong(words[3]), size = Long.parseLong(words[4]);
            Path path = file(words[0].equals("to") ? size : targetSize);
            Path other = file(words[0].equals("to") ? 0 : size);
            try (FileChannel channel = open(path, "rw"); FileChannel there = open(other, "rw");
                    ServerSocketChannel server = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                    SocketChannel client = SocketChannel.open(server.getLocalAddress()); SocketChannel accepted = server.accept()) {
                Pipe pipe = Pipe.open();
                boolean pipes = words[1].equals("pipe");
                long moved;
                if (words[0].equals("to")) {
                    WritableByteChannel target = pipes ? pipe.sink() : words[1].equals("socket") ? client
                        : words[1].equals("file") ? there : new Own();
                    Thread drain = drain(pipes ? pipe.source() : accepted);
                    note(n + "-" + (i - 1));
                    moved = channel.transferTo(position, count, target);
                    note(n + "-" + (i - 1) + "-done");
                    client.shutdownOutput();
                    pipe.sink().close();
                    drain.join();
                } else {
                    ReadableByteChannel source = pipes ? pipe.source() : words[1].equals("socket") ? client
                        : words[1].equals("file") ? there : new Own(size);
                    // All of it is there before the transfer begins: sizes are small.
                    if (pipes) send(pipe.sink(), size);
                    else if (words[1].equals("socket")) { send(accepted, size); accepted.shutdownOutput(); Thread.sleep(20); }
                    pipe.sink().close();
                    note(n + "-" + (i - 1));
                    moved = channel.transferFrom(source, position, count);
                    note(n + "-" + (i - 1) + "-done");
                }
                pipe.source().close();
                answer.append(moved).append('|');
            }
            Files.delete(path);
            Files.delete(other);
        }
    }

    // appended|size|size...   transferTo a file that is open for appending, then to another one, in a fresh process

    static void appended(String[] parts, StringBuilder answer, int n) throws Exception {
        for (int i = 1; i < parts.length; i++) {
            long size = Long.parseLong(parts[i]);
            Path path = file(size), other = file(0);
            try (FileChannel channel = open(path, "r");
                    FileChannel there = i > 1 ? open(other, "rw") : FileChannel.open(other, StandardOpenOption.APPEND)) {
                note(n + "-" + i);
                long moved = channel.transferTo(0, size, there);
                note(n + "-" + i + "-done");
                answer.append(moved).append('|');
            }
            Files.delete(path);
            Files.delete(other);
        }
    }

    // clamp|position|count|size   transferTo a non-blocking socket: how many bytes does the JVM ask the kernel for?

    static void clamp(String[] parts, StringBuilder answer, int n) throws Exception {
        Path path = file(Long.parseLong(parts[3]));
        try (FileChannel channel = open(path, "r");
                ServerSocketChannel server = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                SocketChannel client = SocketChannel.open(server.getLocalAddress()); SocketChannel accepted = server.accept()) {
            client.configureBlocking(false);
            note(n + "-1");
            channel.transferTo(Long.parseLong(parts[1]), Long.parseLong(parts[2]), client);
            note(n + "-1-done");
        }
        Files.delete(path);
    }

    static void send(WritableByteChannel channel, long size) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocateDirect((int) size);
        while (bytes.hasRemaining()) channel.write(bytes);
    }

    static Thread drain(ReadableByteChannel channel) {
        Thread thread = new Thread(() -> {
            ByteBuffer bytes = ByteBuffer.allocateDirect(1 << 16);
            try { while (channel.read(bytes) >= 0) bytes.clear(); } catch (IOException closed) { }
        });
        thread.start();
        return thread;
    }

    /** A channel of the program's own making. */
    static class Own implements WritableByteChannel, ReadableByteChannel {
        long left;
        Own() { }
        Own(long size) { left = size; }
        public int write(ByteBuffer from) { int n = from.remaining(); from.position(from.limit()); return n; }
        public int read(ByteBuffer into) {
            if (left == 0) return -1;
            int n = (int) Math.min(left, into.remaining());
            into.position(into.position() + n);
            left -= n;
            return n;
        }
        public boolean isOpen() { return true; }
        public void close() { }
    }

    // memory|a = allocateDirect 1048576|a = null|gc...   (started with -XX:MaxDirectMemorySize)

    static void memory(String[] parts, StringBuilder answer) throws Exception {
        Map<String, ByteBuffer> all = new HashMap<>();
        System.gc();
        settle(0);
        long before = used()[0], taken = used()[1];
        long expected = -1;
        for (int i = 1; i < parts.length; i++) {
            String[] words = parts[i].split(" ");
            String outcome = "ok";
            expected = Long.parseLong(words[0]);
            try {
                switch (words[1]) {
                    case "allocateDirect": all.put(words[2], ByteBuffer.allocateDirect(Integer.parseInt(words[3]))); break;
                    case "alias": all.put(words[2], all.get(words[3])); break;
                    case "null": all.put(words[2], null); break;
                    case "slice": all.put(words[2], all.get(words[3]).slice()); break;
                    case "duplicate": all.put(words[2], all.get(words[3]).duplicate()); break;
                    case "gc": System.gc(); settle(before + expected); break;
                    case "clean": clean(all.get(words[3])); break;
                    case "reflect": reflect(all.get(words[3])); break;
                    default: throw new IllegalStateException(parts[i]);
                }
            } catch (OutOfMemoryError | NullPointerException | IllegalArgumentException e) {
                outcome = name(e);
            } catch (Exception e) {
                outcome = name(e);
            }
            // Cleaners run a little after the collector.
            for (int k = 0; k < 200 && used()[0] - before != expected; k++) Thread.sleep(5);
            answer.append(outcome).append(' ').append(used()[0] - before).append(' ').append(used()[1] - taken).append('|');
        }
        all.clear();
        System.gc();
        settle(before);
    }

    static void settle(long expected) throws Exception {
        for (int k = 0; k < 100 && used()[0] != expected; k++) Thread.sleep(2);
    }

    static long[] used() {
        for (java.lang.management.BufferPoolMXBean pool
                : java.lang.management.ManagementFactory.getPlatformMXBeans(java.lang.management.BufferPoolMXBean.class))
            if (pool.getName().equals("direct")) return new long[] {pool.getTotalCapacity(), pool.getMemoryUsed()};
        throw new IllegalStateException();
    }

    static void clean(ByteBuffer b) throws Exception {
        java.lang.reflect.Field field = Class.forName("sun.misc.Unsafe").getDeclaredField("theUnsafe");
        field.setAccessible(true);
        Object unsafe = field.get(null);
        try {
            unsafe.getClass().getMethod("invokeCleaner", ByteBuffer.class).invoke(unsafe, b);
        } catch (java.lang.reflect.InvocationTargetException e) {
            throw (Exception) e.getCause();
        }
    }

    static void reflect(ByteBuffer b) throws Exception {
        if (b == null) throw new NullPointerException();
        java.lang.reflect.Method cleaner = b.getClass().getMethod("cleaner");
        cleaner.setAccessible(true);
        Object found = cleaner.invoke(b);
        java.lang.reflect.Method clean = found.getClass().getMethod("clean");
        clean.setAccessible(true);
        clean.invoke(found);
    }
}
