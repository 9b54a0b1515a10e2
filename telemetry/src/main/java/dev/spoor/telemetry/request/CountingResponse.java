package dev.spoor.telemetry.request;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Counts the bytes of the body and sets the time header just before the answer is committed. */
final class CountingResponse extends HttpServletResponseWrapper {
  private final AtomicLong bytes = new AtomicLong();
  private final Runnable beforeCommit;
  private boolean committing;
  private @Nullable ServletOutputStream out;
  private @Nullable PrintWriter writer;

  CountingResponse(HttpServletResponse response, Runnable beforeCommit) {
    super(response);
    this.beforeCommit = beforeCommit;
  }

  long bytes() {
    return bytes.get();
  }

  /** Headers can only be set before the first byte; so at the last moment, once. */
  void commit() {
    if (!committing) {
      committing = true;
      if (!isCommitted()) {
        beforeCommit.run();
      }
    }
  }

  @Override
  public ServletOutputStream getOutputStream() throws IOException {
    ServletOutputStream counting = out;
    if (counting == null) {
      counting = new Counting(super.getOutputStream());
      out = counting;
    }
    return counting;
  }

  @Override
  public PrintWriter getWriter() throws IOException {
    PrintWriter counting = writer;
    if (counting == null) {
      counting = new CountingWriter(super.getWriter(), Charset.forName(getCharacterEncoding()));
      writer = counting;
    }
    return counting;
  }

  @Override
  public void flushBuffer() throws IOException {
    if (writer != null) {
      writer.flush();
    }
    commit();
    super.flushBuffer();
  }

  @Override
  public void sendError(int status, String message) throws IOException {
    commit();
    super.sendError(status, message);
  }

  @Override
  public void sendError(int status) throws IOException {
    commit();
    super.sendError(status);
  }

  @Override
  public void sendRedirect(String location) throws IOException {
    commit();
    super.sendRedirect(location);
  }

  void finish() {
    if (writer != null) {
      writer.flush();
    }
    commit();
  }

  private final class Counting extends ServletOutputStream {
    private final ServletOutputStream to;

    Counting(ServletOutputStream to) {
      this.to = to;
    }

    @Override
    public void write(int b) throws IOException {
      commit();
      to.write(b);
      bytes.incrementAndGet();
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
      commit();
      to.write(from, offset, length);
      bytes.addAndGet(length);
    }

    @Override
    public void flush() throws IOException {
      commit();
      to.flush();
    }

    @Override
    public void close() throws IOException {
      commit();
      to.close();
    }

    @Override
    public boolean isReady() {
      return to.isReady();
    }

    @Override
    public void setWriteListener(WriteListener listener) {
      to.setWriteListener(listener);
    }
  }

  /** Counts what characters become; the container's writer does the encoding. */
  private final class CountingWriter extends PrintWriter {
    private final boolean oneByte;

    CountingWriter(PrintWriter to, Charset charset) {
      super(to);
      this.oneByte = charset.newEncoder().maxBytesPerChar() <= 1;
    }

    @Override
    public void write(int c) {
      commit();
      super.write(c);
      bytes.addAndGet(size((char) c));
    }

    @Override
    public void write(char[] from, int offset, int length) {
      commit();
      super.write(from, offset, length);
      long sum = 0;
      for (int i = offset; i < offset + length; i++) {
        sum += size(from[i]);
      }
      bytes.addAndGet(sum);
    }

    @Override
    public void write(String from, int offset, int length) {
      commit();
      super.write(from, offset, length);
      long sum = 0;
      for (int i = offset; i < offset + length; i++) {
        sum += size(from.charAt(i));
      }
      bytes.addAndGet(sum);
    }

    @Override
    public void flush() {
      commit();
      super.flush();
    }

    private int size(char c) {
      if (oneByte || c < 0x80) {
        return 1;
      }
      // A surrogate pair is four bytes in UTF-8, two for each half.
      return c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }
  }
}
