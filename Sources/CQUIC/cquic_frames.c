#include "cquic.h"

/* Finds STOP_SENDING frames (RFC 9000 section 19.5) in a decrypted packet. ngtcp2 acts on the frame but tells
   nobody before the stream is written to or closed, and never its code on the first of these ways. */

#define NOTE_CAPACITY 256
static _Thread_local cquic_stop_note notes[NOTE_CAPACITY];
static _Thread_local int note_count;
static _Thread_local cquic_packet_weight weight;

typedef struct reader {
    const uint8_t *at;
    const uint8_t *end;
    int failed;
} reader;

static uint64_t varint(reader *r) {
    if (r->at >= r->end) {
        r->failed = 1;
        return 0;
    }
    size_t size = (size_t)1 << (*r->at >> 6);
    if ((size_t)(r->end - r->at) < size) {
        r->failed = 1;
        return 0;
    }
    uint64_t value = *r->at & 0x3f;
    for (size_t i = 1; i < size; i++) value = value << 8 | r->at[i];
    r->at += size;
    return value;
}

static void skip(reader *r, uint64_t count) {
    if ((uint64_t)(r->end - r->at) < count) {
        r->failed = 1;
    } else {
        r->at += count;
    }
}

static void varints(reader *r, int count) {
    while (count-- > 0 && !r->failed) (void)varint(r);
}

static void acknowledgement(reader *r, int with_ecn) {
    varints(r, 2);
    uint64_t ranges = varint(r);
    varints(r, 1);
    while (ranges-- > 0 && !r->failed) varints(r, 2);
    if (with_ecn) varints(r, 3);
}

static void stop_sending(reader *r) {
    uint64_t stream = varint(r);
    uint64_t code = varint(r);
    if (r->failed || note_count == NOTE_CAPACITY) return;
    notes[note_count].stream = stream;
    notes[note_count].code = code;
    note_count++;
}

static void stream_data(reader *r, uint64_t type) {
    (void)varint(r);
    if (type & 4) (void)varint(r);
    if (type & 2) {
        skip(r, varint(r));
    } else {
        r->at = r->end;
    }
}

static void frame(reader *r) {
    uint64_t type = varint(r);
    /* All but PADDING, ACK and CONNECTION_CLOSE ask for an acknowledgement (RFC 9002 section 2). */
    if (type > 0x03) weight = CQUIC_PACKET_CARRIES;
    else if (type == 0x01 && weight == CQUIC_PACKET_BARE) weight = CQUIC_PACKET_PINGS;
    switch (type) {
    case 0x00: while (r->at < r->end && *r->at == 0) r->at++; break;
    case 0x01: case 0x1e: break;
    case 0x02: case 0x03: acknowledgement(r, type == 0x03); break;
    case 0x04: varints(r, 3); break;
    case 0x05: stop_sending(r); break;
    case 0x06: varints(r, 1); skip(r, varint(r)); break;
    case 0x07: skip(r, varint(r)); break;
    case 0x11: case 0x15: varints(r, 2); break;
    case 0x10: case 0x12: case 0x13: case 0x14: case 0x16: case 0x17: case 0x19: varints(r, 1); break;
    case 0x18:
        varints(r, 2);
        if (r->at < r->end) skip(r, 1 + (uint64_t)*r->at + 16); else r->failed = 1;
        break;
    case 0x1a: case 0x1b: skip(r, 8); break;
    case 0x31: skip(r, varint(r)); break;
    default:
        if (type >= 0x08 && type <= 0x0f) {
            stream_data(r, type);
        } else {
            /* CONNECTION_CLOSE, a datagram up to the end, or nothing that we know: the rest is of no use. */
            r->at = r->end;
        }
    }
}

void cquic_note_stop_sending(const uint8_t *packet, size_t count) {
    reader r = {.at = packet, .end = packet + count, .failed = 0};
    while (r.at < r.end && !r.failed) frame(&r);
}

int cquic_take_stop_notes(cquic_stop_note *destination, int capacity) {
    int count = note_count < capacity ? note_count : capacity;
    for (int i = 0; i < count; i++) destination[i] = notes[i];
    note_count = 0;
    return count;
}

void cquic_begin_packets(void) { weight = CQUIC_PACKET_BARE; }

cquic_packet_weight cquic_weigh_packets(void) { return weight; }

int cquic_has_stop_notes(void) { return note_count; }
