/** A stream of text, line by line. */
import { HilumConnectionError } from './errors.js';

/** The lines of a stream, without their ends (LF). */
export async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let held = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      held += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const whole = held.split('\n');
      held = done ? '' : whole.pop() ?? '';
      yield* whole;
      if (done) return;
    }
  } catch (cause) {
    throw new HilumConnectionError('the stream broke off', { cause });
  } finally {
    // Whoever stops reading closes the line.
    await reader.cancel().catch(() => undefined);
  }
}
