import CNgtcp2
import CQUIC
import Containers

/// Every function that ngtcp2 calls. They append to the connection's `CallbackRing`; nobody acts on it before
/// ngtcp2 has returned.
enum QUICCallbacks {
    static func make() -> ngtcp2_callbacks {
        var table = ngtcp2_callbacks()
        addCryptography(&table)
        addConnection(&table)
        addStreams(&table)
        return table
    }

    private static func addCryptography(_ table: inout ngtcp2_callbacks) {
        table.client_initial = ngtcp2_crypto_client_initial_cb
        table.recv_client_initial = ngtcp2_crypto_recv_client_initial_cb
        table.recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb
        cquic_protection_fill(&table)
        table.recv_retry = ngtcp2_crypto_recv_retry_cb
        table.get_path_challenge_data = ngtcp2_crypto_get_path_challenge_data_cb
        table.version_negotiation = ngtcp2_crypto_version_negotiation_cb
        table.rand = { destination, count, _ in cquic_random(destination, count) }
    }

    private static func addConnection(_ table: inout ngtcp2_callbacks) {
        table.handshake_completed = { _, user in ring(user) { $0.append(.handshakeCompleted) } }
        table.handshake_confirmed = { _, user in ring(user) { $0.append(.handshakeConfirmed) } }
        table.get_new_connection_id = { _, id, token, count, user in
            ring(user) { ring in
                guard let id, let token, count == ConnectionIdentity.length else {
                    return NGTCP2_ERR_CALLBACK_FAILURE
                }
                id.pointee = ring.identity.makeID()
                guard ring.identity.resetToken(id, into: token), let key = ConnectionIdentity.key(id) else {
                    return NGTCP2_ERR_CALLBACK_FAILURE
                }
                return ring.append(CallbackEvent(kind: .connectionIDIssued, a: key))
            }
        }
        table.remove_connection_id = { _, id, user in
            guard let id, let key = ConnectionIdentity.key(id) else { return 0 }
            return ring(user) { $0.append(CallbackEvent(kind: .connectionIDRetired, a: key)) }
        }
        table.recv_stateless_reset2 = { _, _, user in ring(user) { $0.append(.statelessReset) } }
        table.dcid_status2 = { _, status, _, _, token, user in
            guard let token else { return 0 }
            return ring(user) { ring in
                let bytes = UnsafeRawPointer(token).assumingMemoryBound(to: UInt8.self)
                return ring.append(
                    CallbackEvent(
                        kind: .peerIDStatus, flag: status == NGTCP2_CONNECTION_ID_STATUS_TYPE_ACTIVATE,
                        payload: ring.copy(bytes, Int(NGTCP2_STATELESS_RESET_TOKENLEN))))
            }
        }
        table.recv_new_token = { _, token, count, user in
            ring(user) { $0.append(CallbackEvent(kind: .addressToken, payload: $0.copy(token, count))) }
        }
        table.path_validation = { _, _, _, _, result, user in
            ring(user) {
                $0.append(
                    CallbackEvent(
                        kind: .pathValidated, flag: result == NGTCP2_PATH_VALIDATION_RESULT_SUCCESS))
            }
        }
        table.recv_datagram = { _, _, bytes, count, user in
            ring(user) { $0.append(CallbackEvent(kind: .datagram, payload: $0.copy(bytes, count))) }
        }
    }

    private static func addStreams(_ table: inout ngtcp2_callbacks) {
        table.recv_stream_data = { _, flags, stream, _, bytes, count, user, _ in
            ring(user) {
                $0.appendStreamData(
                    StreamID(UInt64(stream)), bytes, count,
                    fin: flags & UInt32(NGTCP2_STREAM_DATA_FLAG_FIN) != 0)
            }
        }
        table.acked_stream_data_offset = { _, stream, _, count, user, _ in
            ring(user) { $0.appendAcknowledged(StreamID(UInt64(stream)), count) }
        }
        table.stream_close = { _, flags, stream, code, user, _ in
            ring(user) {
                $0.append(
                    CallbackEvent(
                        kind: .streamClosed,
                        flag: flags & UInt32(NGTCP2_STREAM_CLOSE_FLAG_APP_ERROR_CODE_SET) != 0,
                        stream: StreamID(UInt64(stream)), a: code))
            }
        }
        table.stream_reset = { _, stream, _, code, user, _ in
            ring(user) {
                $0.append(CallbackEvent(kind: .streamReset, stream: StreamID(UInt64(stream)), a: code))
            }
        }
        table.extend_max_stream_data = { _, stream, _, user, _ in
            ring(user) {
                $0.append(CallbackEvent(kind: .streamCreditExtended, stream: StreamID(UInt64(stream))))
            }
        }
        table.extend_max_local_streams_bidi = { _, _, user in
            ring(user) { $0.append(.bidirectionalStreamsExtended) }
        }
        table.extend_max_local_streams_uni = { _, _, user in
            ring(user) { $0.append(.unidirectionalStreamsExtended) }
        }
    }
}

@inline(__always)
private func ring<R>(_ user: UnsafeMutableRawPointer?, _ body: (CallbackRing) -> R) -> R {
    // Set by whoever created the connection and alive as long as it.
    Unmanaged<CallbackRing>.fromOpaque(user.unsafelyUnwrapped)._withUnsafeGuaranteedRef(body)
}
