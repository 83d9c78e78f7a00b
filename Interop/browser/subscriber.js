// A MoQT subscriber written by hand for the interop run: SETUP, SUBSCRIBE, subgroup streams. What it received
// goes back to the harness by POST, which compares every byte.
import { Reader, Writer, hex } from "./wire.js";

const query = new URLSearchParams(location.search);
const option = (name) => query.get(name);
const draft = Number(option("draft"));
const wanted = Number(option("count"));
const wide = draft >= 17;
const objects = [];
const notes = [];
let finished = () => {};
const complete = new Promise((resolve) => (finished = resolve));

function note(text) {
  notes.push(text);
  document.getElementById("log").textContent = notes.join("\n");
}

async function main() {
  const value = new Uint8Array(option("sha256").match(/../g).map((pair) => parseInt(pair, 16)));
  const settings = { serverCertificateHashes: [{ algorithm: "sha-256", value }] };
  // Draft 14 is negotiated inside the session; later drafts by the WebTransport sub-protocol.
  if (draft > 14) settings.protocols = [`moqt-${draft}`];
  const transport = new WebTransport(option("url"), settings);
  await transport.ready;
  note(`connected, protocol ${JSON.stringify(transport.protocol)}`);
  if (draft > 14 && transport.protocol !== `moqt-${draft}`) note("the server chose no sub-protocol");
  transport.closed.then(
    (info) => finished(`session closed: ${info.closeCode} ${info.reason}`),
    (error) => finished(`session failed: ${error}`)
  );
  receiveStreams(transport).catch((error) => finished(`incoming streams: ${error}`));
  await (wide ? subscribeOnRequestStream(transport) : subscribeOnControlStream(transport));
  const problem = await complete;
  // The end of the last group is still on its way; leaving now would make the relay stop its publisher.
  await new Promise((resolve) => setTimeout(resolve, 300));
  transport.close();
  return problem;
}

/** Draft 14 to 16: one bidirectional control stream for everything. */
async function subscribeOnControlStream(transport) {
  const stream = await transport.createBidirectionalStream();
  const output = stream.writable.getWriter();
  const input = new Reader(stream.readable, wide);
  const setup = new Writer(wide);
  if (draft === 14) setup.integer(1).integer(0xff00000e);
  setup.integer(1).integer(0x02).integer(100); // MAX_REQUEST_ID
  await output.write(setup.message(0x20));
  for (let request = 0; ; request += 2) {
    if (request === 0) await expect(input, 0x21);
    const subscribe = new Writer(wide).integer(request).namespace(option("namespace")).string(option("track"));
    // Draft 14: priority 128, the publisher's order, forward, from the largest object on. Later: defaults.
    if (draft === 14) subscribe.byte(128).byte(0).byte(1).integer(2);
    await output.write(subscribe.integer(0).message(0x03));
    const answer = await skipTo(input, [0x04, 0x05]);
    if (answer.type === 0x04) return note("subscribed");
    note(`refused: ${answer.hex}`);
    await pause();
  }
}

/** Draft 17 and later: SETUP on a unidirectional stream, each request on its own bidirectional stream. */
async function subscribeOnRequestStream(transport) {
  const control = (await transport.createUnidirectionalStream()).getWriter();
  await control.write(new Writer(wide).message(0x2f00));
  for (let request = 0; ; request += 2) {
    const stream = await transport.createBidirectionalStream();
    const subscribe = new Writer(wide).integer(request);
    if (draft === 17) subscribe.integer(0); // Required Request ID Delta
    subscribe.namespace(option("namespace")).string(option("track")).integer(0);
    const output = stream.writable.getWriter();
    await output.write(subscribe.message(0x03));
    const input = new Reader(stream.readable, wide);
    const answer = await skipTo(input, [0x04, 0x05]);
    if (answer.type === 0x04) {
      note("subscribed");
      drain(input); // Keeps the request stream open; PUBLISH_DONE comes here.
      return;
    }
    note(`refused: ${answer.hex}`);
    await pause();
  }
}

async function drain(input) {
  try {
    for (let message; (message = await input.message()); ) note(`message 0x${message.type.toString(16)}`);
  } catch (error) {
    note(`request stream: ${error}`);
  }
}

async function expect(input, type) {
  const message = await input.message();
  if (message?.type !== type) throw new Error(`message 0x${message?.type.toString(16)} instead of 0x${type.toString(16)}`);
  return message;
}

async function skipTo(input, types) {
  for (let message; (message = await input.message()); ) {
    if (types.includes(message.type)) return message;
    note(`skipped message 0x${message.type.toString(16)}`);
  }
  throw new Error("the stream ended before the answer");
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 150));

async function receiveStreams(transport) {
  const incoming = transport.incomingUnidirectionalStreams.getReader();
  for (let next; !(next = await incoming.read()).done; ) {
    receiveStream(next.value).catch((error) => finished(`stream: ${error}`));
  }
}

async function receiveStream(stream) {
  const input = new Reader(stream, wide);
  const type = await input.integer();
  if (type === 0x2f00) {
    const [high, low] = await input.take(2);
    note(`peer setup ${hex(await input.take((high << 8) | low))}`);
    return;
  }
  if (!(type & 0x10) || type > 0x7f) throw new Error(`stream type 0x${type.toString(16)}`);
  await input.integer(); // track alias
  const group = await input.integer();
  const mode = (type >> 1) & 3;
  let subgroup = mode === 0 ? 0 : mode === 2 ? await input.integer() : null;
  if (!(type & 0x20)) await input.byte(); // priority
  let previous = -1;
  for (let delta; (delta = await input.integer()) !== null; ) {
    const object = previous + delta + 1;
    previous = object;
    subgroup ??= object;
    if (type & 0x01) await input.sized(); // properties
    const length = await input.integer();
    if (length === 0) {
      const status = await input.integer();
      if (status !== 0) {
        note(`status ${status} at ${group}.${object}`);
        continue;
      }
    }
    const payload = new TextDecoder().decode(await input.take(length));
    objects.push({ group, subgroup, object, payload });
    if (objects.length >= wanted) finished(null);
  }
}

async function report(error) {
  await fetch("result", { method: "POST", body: JSON.stringify({ error, objects, notes }) });
  note("reported");
}

setTimeout(() => finished(`${objects.length} objects of ${wanted} in time`), Number(option("timeout")) * 1000);
main().then(report, (error) => report(String(error)));
