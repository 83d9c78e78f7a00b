// The few MoQT encodings that a subscriber needs, drafts 14 to 21, for the interop run in a browser.

/** Appends what a draft's messages are made of. `wide` selects the MoQT integer of draft 17 and later. */
export class Writer {
  constructor(wide) {
    this.wide = wide;
    this.bytes = [];
  }
  byte(value) {
    this.bytes.push(value & 0xff);
    return this;
  }
  integer(value) {
    let rest = BigInt(value);
    // Draft 17+: leading one bits count the bytes that follow. Before: two bits hold the length's logarithm.
    const sizes = this.wide
      ? [[1, 7n, 0n], [2, 14n, 0x80n], [3, 21n, 0xc0n], [4, 28n, 0xe0n], [5, 35n, 0xf0n]]
      : [[1, 6n, 0n], [2, 14n, 0x40n], [4, 30n, 0x80n], [8, 62n, 0xc0n]];
    for (const [length, bits, prefix] of sizes) {
      if (rest >> bits) continue;
      const big = rest | (prefix << BigInt(8 * (length - 1)));
      for (let shift = 8 * (length - 1); shift >= 0; shift -= 8) this.byte(Number((big >> BigInt(shift)) & 0xffn));
      return this;
    }
    throw new Error(`integer ${value} is too large for this page`);
  }
  string(text) {
    const data = new TextEncoder().encode(text);
    this.integer(data.length);
    this.bytes.push(...data);
    return this;
  }
  namespace(text) {
    const fields = text.split("/");
    this.integer(fields.length);
    for (const field of fields) this.string(field);
    return this;
  }
  /** `type, 16-bit length, body` with this writer's bytes as the body. */
  message(type) {
    const head = new Writer(this.wide).integer(type);
    head.byte(this.bytes.length >> 8).byte(this.bytes.length);
    return new Uint8Array([...head.bytes, ...this.bytes]);
  }
}

/** Reads a byte stream piece by piece; `null` instead of an integer means a clean end. */
export class Reader {
  constructor(stream, wide) {
    this.reader = stream.getReader();
    this.wide = wide;
    this.buffer = new Uint8Array(0);
    this.ended = false;
  }
  async fill(count) {
    while (this.buffer.length < count && !this.ended) {
      const { value, done } = await this.reader.read();
      if (done) this.ended = true;
      else {
        const joined = new Uint8Array(this.buffer.length + value.length);
        joined.set(this.buffer);
        joined.set(value, this.buffer.length);
        this.buffer = joined;
      }
    }
    return this.buffer.length >= count;
  }
  async take(count) {
    if (!(await this.fill(count))) throw new Error(`stream ended ${count - this.buffer.length} bytes early`);
    const taken = this.buffer.slice(0, count);
    this.buffer = this.buffer.slice(count);
    return taken;
  }
  async byte() {
    return (await this.take(1))[0];
  }
  async integer() {
    if (!(await this.fill(1))) return null;
    const first = this.buffer[0];
    if (!this.wide) {
      const data = await this.take(1 << (first >> 6));
      data[0] &= 0x3f;
      return Number(data.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n));
    }
    let following = 0;
    while (following < 8 && first & (0x80 >> following)) following += 1;
    const data = await this.take(following + 1);
    data[0] = following >= 7 ? 0 : data[0] & (0x7f >> following);
    return Number(data.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n));
  }
  async sized() {
    return this.take(await this.integer());
  }
  /** One control message: its type and a reader over its body. */
  async message() {
    const type = await this.integer();
    if (type === null) return null;
    const [high, low] = await this.take(2);
    const body = await this.take((high << 8) | low);
    return { type, body: new Reader(new Blob([body]).stream(), this.wide), hex: hex(body) };
  }
}

export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
