import CNghttp3

/// QPACK (RFC 9204) without a dynamic table: every header section stands for itself, no stream ever waits.
final class FieldSectionCoder {
    enum Outcome: Equatable {
        case fields([HTTPField])
        /// The decoded fields exceed the limit (RFC 9114 section 4.2.2).
        case tooLarge
    }

    private let encoder: OpaquePointer
    private let decoder: OpaquePointer
    private let memory: UnsafePointer<nghttp3_mem>

    init() {
        var encoder: OpaquePointer?
        var decoder: OpaquePointer?
        guard let memory = nghttp3_mem_default(), nghttp3_qpack_encoder_new(&encoder, 0, memory) == 0,
            nghttp3_qpack_decoder_new(&decoder, 0, 0, memory) == 0, let encoder, let decoder
        else { preconditionFailure("out of memory") }
        self.encoder = encoder
        self.decoder = decoder
        self.memory = memory
    }

    deinit {
        nghttp3_qpack_encoder_del(encoder)
        nghttp3_qpack_decoder_del(decoder)
    }

    /// The encoded header section: what a HEADERS frame holds.
    func encode(_ fields: [HTTPField], on stream: UInt64) -> [UInt8] {
        var text: [UInt8] = []
        for field in fields {
            text.append(contentsOf: field.name.utf8)
            text.append(contentsOf: field.value.utf8)
        }
        var prefix = nghttp3_buf()
        var section = nghttp3_buf()
        var instructions = nghttp3_buf()
        defer {
            nghttp3_buf_free(&prefix, memory)
            nghttp3_buf_free(&section, memory)
            nghttp3_buf_free(&instructions, memory)
        }
        let result = text.withUnsafeBufferPointer { text -> Int32 in
            // A field with neither name nor value would leave no address; there is always `:status` or
            // `:method`.
            guard var next = text.baseAddress else { return 0 }
            let lines = fields.map { field -> nghttp3_nv in
                let (nameCount, valueCount) = (field.name.utf8.count, field.value.utf8.count)
                defer { next += nameCount + valueCount }
                return nghttp3_nv(
                    name: next, value: next + nameCount, namelen: nameCount, valuelen: valueCount,
                    flags: UInt8(NGHTTP3_NV_FLAG_NONE))
            }
            return nghttp3_qpack_encoder_encode(
                encoder, &prefix, &section, &instructions, Int64(truncatingIfNeeded: stream), lines,
                lines.count)
        }
        guard result == 0 else { preconditionFailure("out of memory") }
        return Self.bytes(prefix) + Self.bytes(section)
    }

    /// Decodes a whole header section, at most `maximumByteCount` bytes of names and values (each line
    /// counts 32 more). Throws with connection scope what QPACK cannot read.
    func decode(
        _ section: [UInt8], on stream: UInt64, maximumByteCount: Int
    ) throws(HTTP3Failure) -> Outcome {
        var context: OpaquePointer?
        guard nghttp3_qpack_stream_context_new(&context, Int64(truncatingIfNeeded: stream), memory) == 0,
            let context
        else { preconditionFailure("out of memory") }
        defer { nghttp3_qpack_stream_context_del(context) }

        var fields: [HTTPField] = []
        var byteCount = 0
        var offset = 0
        while true {
            var line = nghttp3_qpack_nv()
            var flags: UInt8 = 0
            let taken = section.withUnsafeBufferPointer { bytes -> Int in
                // The library wants an address even for no bytes.
                var none: UInt8 = 0
                guard let base = bytes.baseAddress else {
                    return Int(
                        nghttp3_qpack_decoder_read_request(decoder, context, &line, &flags, &none, 0, 1))
                }
                return Int(
                    nghttp3_qpack_decoder_read_request(
                        decoder, context, &line, &flags, base + offset, bytes.count - offset, 1))
            }
            guard taken >= 0, flags & UInt8(NGHTTP3_QPACK_DECODE_FLAG_BLOCKED) == 0 else {
                if taken == Int(NGHTTP3_ERR_QPACK_HEADER_TOO_LARGE) { return .tooLarge }
                throw .connection(.qpackDecompressionFailed, "a header section that QPACK cannot read")
            }
            offset += taken
            if flags & UInt8(NGHTTP3_QPACK_DECODE_FLAG_EMIT) != 0 {
                let field = HTTPField(Self.text(line.name), Self.text(line.value))
                nghttp3_rcbuf_decref(line.name)
                nghttp3_rcbuf_decref(line.value)
                byteCount += field.name.utf8.count + field.value.utf8.count + 32
                if byteCount > maximumByteCount { return .tooLarge }
                fields.append(field)
            }
            if flags & UInt8(NGHTTP3_QPACK_DECODE_FLAG_FINAL) != 0 { return .fields(fields) }
            if taken == 0, flags & UInt8(NGHTTP3_QPACK_DECODE_FLAG_EMIT) == 0 {
                throw .connection(.qpackDecompressionFailed, "a header section that ends inside a field")
            }
        }
    }

    /// The peer's QPACK encoder stream; with a table of capacity 0 it can say nothing but that.
    func encoderStreamReceived(_ bytes: UnsafeRawBufferPointer) throws(HTTP3Failure) {
        let bytes = bytes.bindMemory(to: UInt8.self)
        guard nghttp3_qpack_decoder_read_encoder(decoder, bytes.baseAddress, bytes.count) >= 0 else {
            throw .connection(
                .qpackEncoderStreamError, "an instruction of the QPACK encoder that we never allowed")
        }
    }

    /// The peer's QPACK decoder stream; it may cancel streams, for there is nothing to acknowledge.
    func decoderStreamReceived(_ bytes: UnsafeRawBufferPointer) throws(HTTP3Failure) {
        let bytes = bytes.bindMemory(to: UInt8.self)
        guard nghttp3_qpack_encoder_read_decoder(encoder, bytes.baseAddress, bytes.count) >= 0 else {
            throw .connection(.qpackDecoderStreamError, "the QPACK decoder acknowledges what was never sent")
        }
    }

    private static func bytes(_ buffer: nghttp3_buf) -> [UInt8] {
        Array(UnsafeBufferPointer(start: buffer.pos, count: buffer.last - buffer.pos))
    }

    private static func text(_ buffer: OpaquePointer?) -> String {
        guard let buffer else { return "" }
        let bytes = nghttp3_rcbuf_get_buf(buffer)
        return String(decoding: UnsafeBufferPointer(start: bytes.base, count: bytes.len), as: UTF8.self)
    }
}
